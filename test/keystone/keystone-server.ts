// The real Keystone from PyPI, with SQLite and Fernet tokens, on a loopback port.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, succeeded } from '../journeys/clients.ts';
import { installPython, programsOf } from '../support/python-environment.ts';

const environment = 'keystone';
const here = import.meta.dirname;

export const installKeystone = (say: (line: string) => void): Promise<void> =>
  installPython(environment, join(here, 'requirements.txt'), say);

export class KeystoneServer {
  readonly adminPassword = randomBytes(12).toString('hex');
  readonly url: string;
  private readonly config: string;
  private readonly dir: string;
  private readonly port: number;
  private child: ChildProcess | undefined;

  constructor(dir: string, port: number) {
    this.dir = dir;
    this.port = port;
    this.url = `http://127.0.0.1:${port}/v3`;
    this.config = join(dir, 'keystone.conf');
  }

  /** A new Keystone with nobody in it but `admin`. */
  async create(): Promise<void> {
    const keys = (name: string) => join(this.dir, name);
    await Promise.all(['fernet', 'credential'].map((name) => mkdir(keys(name), { recursive: true, mode: 0o700 })));
    const settings = [
      `[DEFAULT]\nlog_file = ${join(this.dir, 'keystone.log')}`,
      `[database]\nconnection = sqlite:///${join(this.dir, 'keystone.db')}`,
      `[token]\nprovider = fernet`,
      `[fernet_tokens]\nkey_repository = ${keys('fernet')}`,
      `[credential]\nkey_repository = ${keys('credential')}`,
      // Else what Keystone itself remembers for minutes would hide how long we do.
      `[cache]\nenabled = false`,
    ];
    await writeFile(this.config, `${settings.join('\n')}\n`);
    const { username } = userInfo();
    const owner = ['--keystone-user', username, '--keystone-group', username];
    await this.manage('db_sync');
    await this.manage('fernet_setup', ...owner);
    await this.manage('credential_setup', ...owner);
    const region = ['--bootstrap-region-id', 'RegionOne', '--bootstrap-public-url', this.url];
    await this.manage('bootstrap', '--bootstrap-password', this.adminPassword, ...region);
  }

  async start(): Promise<void> {
    const out = openSync(join(this.dir, 'serve.log'), 'a');
    this.child = spawn(join(programsOf(environment), 'python'), [join(here, 'serve.py'), String(this.port)], {
      env: { ...process.env, OS_KEYSTONE_CONFIG_FILES: this.config },
      stdio: ['ignore', out, out],
    });
    for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(100)) {
      const answer = await fetch(this.url, { signal: AbortSignal.timeout(10_000) }).catch(() => null);
      if (answer?.status === 200) return;
      if (this.child.exitCode !== null) break;
    }
    throw new Error(`Keystone did not start, see ${this.dir}`);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('close', done));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  }

  private async manage(...command: string[]): Promise<void> {
    succeeded(
      await execute(join(programsOf(environment), 'keystone-manage'), ['--config-file', this.config, ...command]),
    );
  }
}
