// One compose project of our docker-compose.yml, under a name and a port of its own, as an operator runs it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

export interface Ran {
  readonly code: number;
  /** Standard output and errors, in the order in which they came. */
  readonly output: string;
  readonly stdout: string;
}

export type Environment = Readonly<Record<string, string>>;

/** Runs a command to its end; one that takes longer than `seconds` is killed and throws. */
export function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv, seconds: number): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let output = '';
    child.stdout.on('data', (chunk) => ((stdout += chunk), (output += chunk)));
    child.stderr.on('data', (chunk) => (output += chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1_000);
    child.on('error', (error) => (clearTimeout(timer), reject(error)));
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === null) reject(new Error(`${file} ${args.join(' ')}: not done within ${seconds} s\n${tail(output)}`));
      else resolve({ code, output, stdout });
    });
  });
}

export const tail = (text: string): string => text.trim().split('\n').slice(-15).join('\n');

/** What the caller's shell says of our settings is not what is checked; of builds and of the engine it is. */
function plain(): NodeJS.ProcessEnv {
  const kept = /^CLOUD_IMAGES_BUILD_/;
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('CLOUD_IMAGES_') || kept.test(name)),
  );
}

export interface ProjectOptions {
  /** Compose files, the later over the earlier; paths from the root. */
  readonly files?: readonly string[];
  readonly env?: Environment;
}

export class ComposeProject {
  readonly url: string;
  private env: NodeJS.ProcessEnv;
  private readonly files: readonly string[];

  constructor(
    readonly name: string,
    port: number,
    { files = ['docker-compose.yml'], env = {} }: ProjectOptions = {},
  ) {
    this.url = `http://127.0.0.1:${port}`;
    // Images of its own tag: those of an operator on this machine stay what they are.
    this.env = { ...plain(), CLOUD_IMAGES_PORT: String(port), CLOUD_IMAGES_VERSION: 'check', ...env };
    this.files = files.flatMap((file) => ['--file', file]);
  }

  /** Settings of all that comes after. */
  with(env: Environment): this {
    this.env = { ...this.env, ...env };
    return this;
  }

  /** `docker compose …`; throws with what it said when it fails. */
  async compose(args: readonly string[], seconds = 120, env: Environment = {}): Promise<string> {
    const ran = await this.tryCompose(args, seconds, env);
    if (ran.code !== 0) throw new Error(`docker compose ${args.join(' ')}: code ${ran.code}\n${tail(ran.output)}`);
    return ran.stdout;
  }

  tryCompose(args: readonly string[], seconds = 120, env: Environment = {}): Promise<Ran> {
    const options = ['compose', '--project-name', this.name, '--env-file', '/dev/null', '--progress', 'plain'];
    return run('docker', [...options, ...this.files, ...args], { ...this.env, ...env }, seconds);
  }

  /** Up, healthy, and how many seconds that took. */
  async up(...args: string[]): Promise<number> {
    const began = performance.now();
    await this.compose(['up', '--no-build', '--wait', '--wait-timeout', '240', ...args], 300);
    return (performance.now() - began) / 1_000;
  }

  /** Runs a program in a running container of a service. */
  exec(service: string, args: readonly string[], index = 1): Promise<string> {
    return this.compose(['exec', '-T', '--index', String(index), service, ...args]);
  }

  async inspect(): Promise<Container[]> {
    const ids = (await this.compose(['ps', '--all', '--quiet'])).trim().split('\n');
    const ran = await run('docker', ['inspect', ...ids], this.env, 60);
    return JSON.parse(ran.stdout) as Container[];
  }
}

/** What `docker inspect` says of a container, as far as it is looked at here. */
export interface Container {
  readonly State: { readonly ExitCode: number; readonly Running: boolean };
  readonly Config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly Mounts: readonly { readonly Destination: string }[];
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly CapAdd: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly Memory: number;
    readonly NetworkMode: string;
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string }[]>> | null;
  };
}

export const serviceOf = (container: Container): string => container.Config.Labels['com.docker.compose.service'] ?? '';
