// The unmodified clients, from PyPI, in a virtual environment that is made once per version list.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installPython, programsOf } from '../support/python-environment.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Installs the clients unless these versions are there. */
export const installClients = (say: (line: string) => void): Promise<void> =>
  installPython('openstack-clients', join(import.meta.dirname, 'requirements.txt'), say);

export async function execute(file: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OS_')));
  try {
    const { stdout, stderr } = await run(file, args, {
      cwd: root,
      env: { ...(kept as Record<string, string>), ...env },
      maxBuffer: 1 << 26,
      timeout: 300_000,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: number | string; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, stdout, stderr };
  }
}

export class Clients {
  constructor(
    private readonly cloudsFile: string,
    private readonly url: string,
  ) {}

  program(name: string): string {
    return join(programsOf('openstack-clients'), name);
  }

  private command(name: string, args: readonly string[], env: Record<string, string>): Promise<Ended> {
    const wrapper = join(import.meta.dirname, 'with_terminal.py');
    return execute(this.program('python'), [wrapper, this.program(name), ...args], env);
  }

  openstack(cloud: string, ...args: string[]): Promise<Ended> {
    return this.command('openstack', ['--os-cloud', cloud, ...args], { OS_CLIENT_CONFIG_FILE: this.cloudsFile });
  }

  /** The parsed answer of a command that must succeed. */
  async openstackJson<T>(cloud: string, ...args: string[]): Promise<T> {
    const ended = await this.openstack(cloud, ...args, '-f', 'json');
    return JSON.parse(succeeded(ended).stdout) as T;
  }

  glance(user: string, ...args: string[]): Promise<Ended> {
    return this.command('glance', args, { ...this.as(user), OS_IMAGE_API_VERSION: '2' });
  }

  swift(user: string, ...args: string[]): Promise<Ended> {
    return execute(this.program('swift'), args, {
      ...this.as(user),
      OS_IDENTITY_API_VERSION: '3',
      ST_AUTH_VERSION: '3',
    });
  }

  private as(user: string): Record<string, string> {
    return {
      OS_AUTH_URL: `${this.url}/identity/v3`,
      OS_USERNAME: user,
      OS_PASSWORD: 'secret',
      OS_PROJECT_NAME: user,
      OS_USER_DOMAIN_ID: 'default',
      OS_PROJECT_DOMAIN_ID: 'default',
      OS_REGION_NAME: 'RegionOne',
    };
  }

  python(script: string, ...args: string[]): Promise<Ended> {
    return execute(this.program('python'), [join(import.meta.dirname, script), ...args], {
      OS_CLIENT_CONFIG_FILE: this.cloudsFile,
    });
  }
}

export function succeeded(ended: Ended): Ended {
  if (ended.code !== 0) throw new Error(`exit code ${ended.code}\n${ended.stderr.trim() || ended.stdout.trim()}`);
  return ended;
}

/** The command must fail, and say why in words that match. */
export function refused(ended: Ended, why: RegExp): void {
  if (ended.code === 0) throw new Error(`succeeded, but should have been refused: ${ended.stdout.slice(0, 300)}`);
  if (!why.test(ended.stderr + ended.stdout)) throw new Error(`refused for another reason: ${ended.stderr.trim()}`);
}
