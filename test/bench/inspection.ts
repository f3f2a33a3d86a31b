// What looking at image data costs: the pass of an upload (counted, hashed) into a store that keeps nothing, with and
// without inspection, by turns in one process.
import { Readable } from 'node:stream';
import type { BlobStore } from '@cloud-images/blobs';
import { storeImageData, type ContentRule } from '@cloud-images/image-data';
import { qcow2 } from '../support/disk-content.ts';
import { median } from './statistics.ts';
import type { Row } from './table.ts';
import { mebibyte } from './transfer.ts';

export interface InspectionDose {
  readonly rounds: number;
  readonly mebibytes: number;
}

/** As they come from a socket. */
const chunkBytes = 64 * 1024;
/** Of the CPU time of a pass without. */
const most = 1.02;
const rules = {
  qcow2: { disk_format: 'qcow2', check: 'refuse', max_virtual_size: 2 ** 46 },
  raw: { disk_format: 'raw', check: 'refuse', max_virtual_size: 2 ** 46 },
} satisfies Record<string, ContentRule>;

export async function benchInspection(
  { rounds, mebibytes }: InspectionDose,
  say: (line: string) => void,
): Promise<Row[]> {
  const times = { bare: [] as number[], qcow2: [] as number[], raw: [] as number[] };
  const passes = {
    bare: () => pass(mebibytes, 'raw', null),
    raw: () => pass(mebibytes, 'raw', rules.raw),
    qcow2: () => pass(mebibytes, 'qcow2', rules.qcow2),
  };
  const names = ['bare', 'raw', 'qcow2'] as const;
  for (const name of names) await passes[name]();
  // Short rounds and many of them: what differs is less than the machine's moods.
  for (let round = 0; round < rounds * 3; round += 1) {
    say(`inspection, round ${round + 1} of ${rounds * 3}`);
    for (let nth = 0; nth < names.length; nth += 1) {
      const name = names[(nth + round) % names.length]!;
      times[name].push(await passes[name]());
    }
  }
  const perGiB = (seconds: number) => `${((seconds * 1024 * 1000) / mebibytes).toFixed(0)} ms/GiB`;
  return (['raw', 'qcow2'] as const).map((name) => ({
    what: `inspecting a ${name} upload, CPU`,
    ours: perGiB(median(times[name])),
    bare: perGiB(median(times.bare)),
    figure: median(times[name].map((seconds, round) => seconds / times.bare[round]!)),
    bar: { atMost: most },
    unit: '×',
  }));
}

/** CPU seconds of this process for one pass. */
async function pass(mebibytes: number, format: 'raw' | 'qcow2', content: ContentRule | null): Promise<number> {
  const source = Readable.from(chunks(mebibytes, format), { objectMode: false });
  const before = process.cpuUsage();
  const { size } = await storeImageData({
    source,
    store: nowhere,
    key: 'x',
    declaredSize: null,
    maxSize: 2 ** 40,
    content,
  });
  const { user, system } = process.cpuUsage(before);
  if (size !== mebibytes * mebibyte) throw new Error('the pass lost bytes');
  return (user + system) / 1e6;
}

function* chunks(mebibytes: number, format: 'raw' | 'qcow2'): Generator<Buffer> {
  const chunk = Buffer.alloc(chunkBytes, 0x5a);
  const first = Buffer.from(chunk);
  if (format === 'qcow2') qcow2().copy(first);
  else first[0] = 0xff;
  yield first;
  for (let rest = (mebibytes * mebibyte) / chunkBytes - 1; rest > 0; rest -= 1) yield chunk;
}

const nowhere = {
  writer: async () => ({
    write: async () => undefined,
    commit: async () => undefined,
    abort: async () => undefined,
  }),
} as unknown as BlobStore;
