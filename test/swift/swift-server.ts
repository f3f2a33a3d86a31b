// The real Swift from PyPI on loopback ports: its proxy, which believes a Keystone, and one account, container and object
// server on one directory. It needs liberasurecode (Debian: liberasurecode-dev) and a file system with attributes.
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../tools/free-ports.mjs';
import { execute, succeeded } from '../journeys/clients.ts';
import { installPython, programsOf } from '../support/python-environment.ts';

const environment = 'swift';
const here = import.meta.dirname;
const storage = ['account', 'container', 'object'] as const;

export const installSwift = (say: (line: string) => void): Promise<void> =>
  installPython(environment, join(here, 'requirements.txt'), say);

/** The user in whose name Swift checks tokens. */
export interface TokenChecker {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly project: string;
}

export class SwiftServer {
  private readonly children: ChildProcess[] = [];
  private ports: readonly number[] = [];

  constructor(
    private readonly dir: string,
    private readonly keystone: TokenChecker,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.ports[3]}/v1`;
  }

  async create(): Promise<void> {
    this.ports = await freePorts(4);
    await mkdir(join(this.dir, 'devices', 'd1'), { recursive: true });
    const hash = '[swift-hash]\nswift_hash_path_prefix = a\nswift_hash_path_suffix = b\n';
    await writeFile(join(this.dir, 'swift.conf'), hash);
    for (const [at, kind] of storage.entries()) {
      const own = [`devices = ${join(this.dir, 'devices')}`, 'mount_check = false', 'disable_fallocate = true'];
      await this.configure(kind, this.ports[at]!, own, [`${kind}-server`], {
        [`app:${kind}-server`]: [`use = egg:swift#${kind}`],
      });
      await this.ring(kind, this.ports[at]!);
    }
    const { url, username, password, project } = this.keystone;
    await this.configure(
      'proxy',
      this.ports[3]!,
      [],
      ['catch_errors', 'authtoken', 'keystoneauth', 'copy', 'slo', 'dlo', 'symlink', 'proxy-server'],
      {
        'filter:catch_errors': ['use = egg:swift#catch_errors'],
        'filter:authtoken': [
          ...['paste.filter_factory = keystonemiddleware.auth_token:filter_factory', 'delay_auth_decision = True'],
          ...[`www_authenticate_uri = ${url}`, `auth_url = ${url}`, 'auth_type = password', `username = ${username}`],
          ...[
            `password = ${password}`,
            `project_name = ${project}`,
            'user_domain_id = default',
            'project_domain_id = default',
          ],
          // The only endpoint of identity in this Keystone's catalog.
          'interface = public',
        ],
        'filter:keystoneauth': [
          'use = egg:swift#keystoneauth',
          'operator_roles = admin, member',
          'reseller_admin_role = ResellerAdmin',
        ],
        ...Object.fromEntries(
          ['copy', 'slo', 'dlo', 'symlink'].map((name) => [`filter:${name}`, [`use = egg:swift#${name}`]]),
        ),
        'app:proxy-server': [
          'use = egg:swift#proxy',
          'account_autocreate = true',
          'node_timeout = 60',
          'conn_timeout = 10',
        ],
      },
    );
  }

  async start(): Promise<void> {
    const programs = programsOf(environment);
    for (const kind of [...storage, 'proxy']) {
      const out = openSync(join(this.dir, `${kind}.log`), 'a');
      const args = [join(here, 'serve.py'), this.dir, kind, join(this.dir, `${kind}.conf`)];
      this.children.push(spawn(join(programs, 'python'), args, { stdio: ['ignore', out, out] }));
    }
    for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(100)) {
      const asked = this.ports.map((port) =>
        fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5_000) }).then(
          () => true,
          () => false,
        ),
      );
      if ((await Promise.all(asked)).every((answered) => answered)) return;
      if (this.children.some(({ exitCode }) => exitCode !== null)) break;
    }
    throw new Error(`Swift did not start, see ${this.dir}`);
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await Promise.all(
      this.children.splice(0).map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = new Promise((done) => child.once('close', done));
        child.kill(signal);
        await ended;
      }),
    );
  }

  private async configure(
    kind: string,
    port: number,
    more: readonly string[],
    pipeline: readonly string[],
    sections: Readonly<Record<string, readonly string[]>>,
  ): Promise<void> {
    const common = [`bind_ip = 127.0.0.1`, `bind_port = ${port}`, 'workers = 0', `user = ${userInfo().username}`];
    const all = {
      DEFAULT: [...common, `swift_dir = ${this.dir}`, 'log_address = /dev/null', 'log_level = INFO', ...more],
      'pipeline:main': [`pipeline = ${pipeline.join(' ')}`],
      ...sections,
    };
    const text = Object.entries(all).map(([name, lines]) => `[${name}]\n${lines.join('\n')}\n`);
    await writeFile(join(this.dir, `${kind}.conf`), text.join('\n'), { mode: 0o600 });
  }

  private async ring(kind: string, port: number): Promise<void> {
    const builder = join(this.dir, `${kind}.builder`);
    const build = (...args: string[]) =>
      execute(join(programsOf(environment), 'swift-ring-builder'), [builder, ...args]);
    succeeded(await build('create', '4', '1', '0'));
    succeeded(await build('add', `r1z1-127.0.0.1:${port}/d1`, '1'));
    succeeded(await build('rebalance'));
  }
}
