import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { s3At } from './s3-server.ts';

export interface MinioOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly scheme?: 'http' | 'https';
}

/** A MinIO of one test's own, on a directory of its own: the program that CLOUD_IMAGES_TEST_MINIO names. */
export class MinioProcess {
  readonly directory = mkdtempSync(join(tmpdir(), 'minio-'));
  private port = 0;
  private child: ChildProcess | undefined;

  private readonly options: MinioOptions;

  constructor(options: MinioOptions = {}) {
    this.options = options;
  }

  get access() {
    return s3At(`${this.options.scheme ?? 'http'}://testaccess:testsecret@127.0.0.1:${this.port}`);
  }

  get pid(): number {
    return this.child!.pid!;
  }

  /** Parts of open uploads that lie on its disk: it lists only those that were begun since it started. */
  get partsLeft(): string[] {
    const uploads = join(this.directory, '.minio.sys', 'multipart');
    return readdirSync(uploads, { recursive: true, encoding: 'utf8' }).filter((name) => /part\.\d+$/.test(name));
  }

  /** Starts, or starts again on the same port; answers when it serves. */
  async start(): Promise<this> {
    this.port ||= await freePort();
    const { env = {}, args = [] } = this.options;
    const address = ['--quiet', '--address', `127.0.0.1:${this.port}`];
    this.child = spawn(process.env['CLOUD_IMAGES_TEST_MINIO']!, ['server', ...address, ...args, this.directory], {
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        HOME: this.directory,
        MINIO_ROOT_USER: 'testaccess',
        MINIO_ROOT_PASSWORD: 'testsecret',
        MINIO_BROWSER: 'off',
        ...env,
      },
    });
    await this.untilServing();
    return this;
  }

  async kill(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async untilServing(): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 50))) {
      if (this.options.scheme === 'https' ? await this.accepts() : await this.serves()) return;
    }
    throw new Error('MinIO did not start in time');
  }

  private async serves(): Promise<boolean> {
    const url = `http://127.0.0.1:${this.port}/minio/health/ready`;
    return fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
      async (answer) => (await answer.text(), answer.ok),
      () => false,
    );
  }

  /** Its certificate is not one that we know here: that it listens must do. */
  private async accepts(): Promise<boolean> {
    const { connect } = await import('node:net');
    const socket = connect(this.port, '127.0.0.1');
    const accepted = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    return accepted;
  }
}

/** One command of the `mc` that CLOUD_IMAGES_TEST_MC names; `store` is this MinIO, as root. */
export function mc({ access, directory }: MinioProcess, args: readonly string[]): string {
  const { endpoint, accessKey, secretKey } = access;
  const alias = endpoint.replace('://', `://${accessKey}:${secretKey}@`);
  return execFileSync(process.env['CLOUD_IMAGES_TEST_MC']!, ['--quiet', ...args], {
    stdio: 'pipe',
    encoding: 'utf8',
    timeout: 20_000,
    env: { PATH: process.env['PATH'], HOME: directory, MC_HOST_store: alias },
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
