// Image data through the gateway onto an object store, beside a bare server that hashes and passes on over presigned
// URLs to the same store; and beside curl, which hashes nothing and is no server.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startBaseline } from './baseline-process.ts';
import { benchMemory, type MemoryDose } from './memory.ts';
import { openObjectStore, type ObjectStore } from './object-store.ts';
import { cpuSeconds, untilQuiet } from './process-cost.ts';
import { median } from './statistics.ts';
import { fileUrl, remove, upload } from './stored-image.ts';
import { startSubject } from './subject.ts';
import type { Row } from './table.ts';
import { digestsOf, mebibyte, send, take } from './transfer.ts';

export interface S3Dose {
  readonly rounds: number;
  readonly mebibytes: number;
  readonly memory: MemoryDose;
}

interface Moved {
  readonly seconds: number;
  readonly cpu: number;
}

const directions = ['upload', 'download'] as const;
type Times = Record<(typeof directions)[number], Moved[]>;

export async function benchS3(dose: S3Dose, say: (line: string) => void): Promise<Row[]> {
  const store = await openObjectStore();
  try {
    const moved = await benchMoving(dose, store, say);
    const memory = await benchMemory(dose.memory, say, () => startSubject({}, store.settings));
    return [...moved, ...memory.map((row) => ({ ...row, what: row.what.replace('memory', 'memory on S3') }))];
  } finally {
    await store.stop();
  }
}

async function benchMoving({ rounds, mebibytes }: S3Dose, store: ObjectStore, say: (line: string) => void) {
  const bytes = mebibytes * mebibyte;
  const dir = await mkdtemp(join(tmpdir(), 'cloud-images-curl-'));
  const subject = await startSubject({}, store.settings);
  const bare = await startBaseline('s3-forwarder', [store.url, store.bucket]);
  const times = { ours: newTimes(), bare: newTimes(), curl: newTimes() };
  try {
    const kept = (await upload(subject, bytes)).id;
    const came = createHash('sha512');
    await take({ url: fileUrl(subject, kept), headers: subject.headers, bytes }, came);
    if (came.digest('hex') !== digestsOf(bytes).sha512) throw new Error('what was stored is not what was sent');
    await send({ url: `${bare.url}/kept`, bytes });
    const curl = new Curl(store, join(dir, 'sent'));
    await curl.prepare(bytes);
    const ourPids = () => [...subject.pids(true), ...store.pids];
    const contestants = {
      ours: async () => {
        let id = '';
        const up = async () => {
          const stored = await upload(subject, bytes);
          id = stored.id;
          return stored.seconds;
        };
        times.ours.upload.push(await measured(ourPids(), up));
        await remove(subject, id);
        // The store removes the data a while later, where the bare one's is gone when it says so.
        await untilQuiet(ourPids(), 10);
        const url = fileUrl(subject, kept);
        times.ours.download.push(await measured(ourPids(), () => take({ url, headers: subject.headers, bytes })));
      },
      bare: async () => {
        const pids = [bare.pid, ...store.pids];
        times.bare.upload.push(await measured(pids, () => send({ url: `${bare.url}/new`, bytes })));
        await store.remove('new');
        times.bare.download.push(await measured(pids, () => take({ url: `${bare.url}/kept`, bytes })));
      },
      curl: async () => {
        times.curl.upload.push(await measured([...store.pids], () => curl.upload()));
        await store.remove('curl');
        times.curl.download.push(await measured([...store.pids], () => curl.download()));
      },
    };
    for (let round = 0; round < rounds; round += 1) {
      say(`s3, round ${round + 1} of ${rounds}`);
      const order = Object.values(contestants);
      for (const go of round % 2 === 0 ? order : order.reverse()) {
        execFileSync('sync');
        await untilQuiet(ourPids(), 10);
        await go();
      }
    }
  } finally {
    await bare.stop();
    await subject.stop();
    await rm(dir, { recursive: true, force: true });
  }
  return directions.flatMap((direction) => rowsOf(direction, mebibytes, times));
}

const newTimes = (): Times => ({ upload: [], download: [] });

async function measured(pids: readonly number[], go: () => Promise<number>): Promise<Moved> {
  const before = cpuSeconds(pids);
  const seconds = await go();
  return { seconds, cpu: cpuSeconds(pids) - before };
}

/** Direct, over presigned URLs: what the store gives at best. */
class Curl {
  private readonly store: ObjectStore;
  private readonly file: string;

  constructor(store: ObjectStore, file: string) {
    this.store = store;
    this.file = file;
  }

  async prepare(bytes: number): Promise<void> {
    const file = await open(this.file, 'w');
    const block = Buffer.alloc(mebibyte, 'x');
    for (let rest = bytes; rest > 0; rest -= mebibyte) await file.write(block, 0, Math.min(rest, mebibyte));
    await file.close();
  }

  async upload(): Promise<number> {
    return this.run(['-T', this.file, await this.store.presign('PUT', 'curl')]);
  }

  async download(): Promise<number> {
    return this.run([await this.store.presign('GET', 'kept')]);
  }

  private async run(args: readonly string[]): Promise<number> {
    const always = ['-sS', '--fail', '-o', '/dev/null', '-w', '%{time_total}'];
    const { stdout } = await promisify(execFile)('curl', [...always, ...args]);
    return Number(stdout);
  }
}

function rowsOf(direction: (typeof directions)[number], mebibytes: number, times: Record<string, Times>): Row[] {
  const rate = (name: string) =>
    (mebibytes * mebibyte) / 1e6 / median(times[name]![direction].map(({ seconds }) => seconds));
  const cost = (name: string) => `${median(times[name]![direction].map(({ cpu }) => cpu)).toFixed(2)} s`;
  const shown = (name: string) => `${rate(name).toFixed(0)} MB/s`;
  const what = `${direction} of ${mebibytes} MiB on S3`;
  const cpu = { cpuOurs: cost('ours'), cpuBare: cost('bare') };
  const ours = { ours: shown('ours'), unit: '×' };
  return [
    { what, ...ours, bare: shown('bare'), figure: rate('ours') / rate('bare'), bar: { atLeast: 0.85 }, ...cpu },
    { what: `${what}, beside curl`, ...ours, bare: shown('curl'), figure: rate('ours') / rate('curl'), bar: null },
  ];
}
