// `npm start` of some checkout, as its users have it: only what it prints and what it leaves in its data directory.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../tools/free-ports.mjs';

const READY_WITHIN_MS = 600_000;
const STOPPED_WITHIN_MS = 60_000;

/** Of `run.json`: URLs of the databases, by service; as owner. */
interface RunRecord {
  readonly owners: Readonly<Record<'catalog' | 'membership', string>>;
}

export class Launched {
  readonly url: string;
  readonly owners: RunRecord['owners'];
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, url: string, { owners }: RunRecord) {
    this.child = child;
    this.url = url;
    this.owners = owners;
  }

  static async start(checkout: string, dataDir: string): Promise<Launched> {
    const [port] = await freePorts(1);
    const child = spawn(process.execPath, [join(checkout, 'tools', 'start.mjs')], {
      cwd: checkout,
      env: { ...process.env, CLOUD_IMAGES_DATA: dataDir, CLOUD_IMAGES_PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const url = await ready(child);
    const record = JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8')) as RunRecord;
    return new Launched(child, url, record);
  }

  /** As Ctrl-C does it. Throws when it does not end by itself. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGINT');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    const [, signal] = (await ended) as [number | null, string | null];
    clearTimeout(timer);
    if (signal === 'SIGKILL') throw new Error('npm start did not stop in time');
  }
}

function ready(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGINT');
      reject(new Error(`npm start was not ready in time\n${said}`));
    }, READY_WITHIN_MS);
    const hear = (text: Buffer) => {
      said += String(text);
      const [, url] = /^\s*ready (http\S+)/m.exec(said) ?? [];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`npm start ended with ${code}\n${said}`));
    });
  });
}
