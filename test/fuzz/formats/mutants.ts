import { SeededRandom } from '../../support/seeded-random.ts';
import type { BaseImage } from './base-images.ts';

export interface Mutant {
  readonly base: BaseImage;
  readonly content: Buffer;
  /** What was done, for whoever has to look into it. */
  readonly how: readonly string[];
}

const kibibyte = 1024;
/** Where headers are, of one format or another. */
const hotSpots = [
  [0, 112],
  [0, 1024],
  [440, 520],
  [512, 2048],
  [32 * kibibyte, 34 * kibibyte],
  [192 * kibibyte, 192 * kibibyte + 128],
  [256 * kibibyte, 256 * kibibyte + 128],
] as const;
const interesting = [
  0n,
  1n,
  2n,
  3n,
  4n,
  5n,
  8n,
  0x1fn,
  0x20n,
  0x7fn,
  0x80n,
  0xffn,
  512n,
  2047n,
  2048n,
  0xffffn,
  0x10_0000n,
];
const greater = [
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  1n << 40n,
  1n << 50n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
];
const signatures = [
  'QFI\xfb',
  'QED\0',
  'KDMV',
  'COWD',
  'conectix',
  'cxsparse',
  'vhdxfile',
  'regi',
  'metadata',
  'LUKS\xba\xbe',
];
const words = [
  'createType="monolithicFlat"',
  'createType="streamOptimized"',
  'RW 2048 FLAT "/etc/passwd" 0',
  'RW 2048 SPARSE "other.vmdk"',
  'parentFileNameHint="base.vmdk"',
  'ddb.adapterType = "ide"',
  '# comment',
  'hello world',
  'version=1',
];

/** The same for the same seed and number. */
export function mutantOf(bases: readonly BaseImage[], seed: number, nth: number): Mutant {
  const random = new SeededRandom(seed * 1_000_003 + nth);
  const base = random.pick(bases);
  const how: string[] = [];
  let content: Buffer = Buffer.from(base.bytes);
  for (let rest = random.int(1, 3); rest > 0 && content.length > 0; rest -= 1) {
    const change = random.pick(changes);
    how.push(change.name);
    content = change(content, random, bases);
  }
  return { base, content, how };
}

type Change = (content: Buffer, random: SeededRandom, bases: readonly BaseImage[]) => Buffer;

function place(content: Buffer, random: SeededRandom): number {
  const sort = random.next();
  if (sort < 0.15) return random.int(0, content.length - 1);
  if (sort < 0.3) return Math.max(0, content.length - random.int(1, 2048));
  const metadata = content.indexOf('metadata', 300 * kibibyte, 'latin1');
  if (sort < 0.4 && metadata >= 0)
    return metadata + random.pick([random.int(0, 200), 64 * kibibyte + random.int(0, 40)]);
  const [from, to] = random.pick(hotSpots);
  return Math.min(random.int(from, to), content.length - 1);
}

/** As much of the bytes as fits. */
function put(content: Buffer, at: number, bytes: Buffer): Buffer {
  if (at < content.length) bytes.copy(content, at);
  return content;
}

const flipBits: Change = (content, random) => {
  for (let rest = random.int(1, 4); rest > 0; rest -= 1) content[place(content, random)]! ^= 1 << random.int(0, 7);
  return content;
};

const setField: Change = (content, random) => {
  const width = random.pick([1, 2, 4, 8]);
  const value = BigInt.asUintN(width * 8, random.pick(random.next() < 0.6 ? interesting : greater));
  const field = Buffer.alloc(8);
  if (random.next() < 0.5) field.writeBigUInt64LE(value);
  else field.writeBigUInt64BE(value << BigInt(64 - width * 8));
  const at = Math.floor(place(content, random) / width) * width;
  return put(content, at, field.subarray(0, width));
};

const cutOff: Change = (content, random) =>
  Buffer.from(content.subarray(0, random.next() < 0.5 ? place(content, random) : random.int(0, content.length)));

const append: Change = (content, random) =>
  Buffer.concat([
    content,
    random.next() < 0.5 ? Buffer.alloc(random.int(1, 70_000)) : random.bytes(random.int(1, 5_000)),
  ]);

const overwrite: Change = (content, random) => {
  const bytes =
    random.next() < 0.3
      ? random.bytes(random.int(1, 600))
      : Buffer.alloc(random.int(1, 2_000), random.pick([0, 0xff, 0x20]));
  return put(content, place(content, random), bytes);
};

const graftHead: Change = (content, random, bases) => {
  const head = random.pick(bases).bytes.subarray(0, random.int(4, 4096));
  return put(content, random.pick([0, 0, 512, 32 * kibibyte]), head);
};

const graftTail: Change = (content, random, bases) => {
  const other = random.pick(bases).bytes;
  return Buffer.concat([content, other.subarray(-random.pick([512, 1536, 4096]))]);
};

const moveBlock: Change = (content, random) => {
  const from = place(content, random);
  return put(content, place(content, random), Buffer.from(content.subarray(from, from + random.int(1, 4096))));
};

const sign: Change = (content, random) => {
  const at = random.pick([0, 0, 0, 64, 512, place(content, random)]);
  return put(content, at, Buffer.from(random.pick(signatures), 'latin1'));
};

/** In what is text, a line for another. */
const rewrite: Change = (content, random) => {
  const at = content.indexOf(random.pick(['createType', 'version=', 'RW ', 'ddb.', '\n']));
  if (at < 0 || at > 64 * kibibyte) return flipBits(content, random, []);
  const end = content.indexOf('\n', at + 1);
  const line = `\n${random.pick(words)}\n`;
  return Buffer.concat([
    content.subarray(0, at),
    Buffer.from(line),
    content.subarray(random.next() < 0.5 ? at : Math.max(at, end)),
  ]);
};

const changes: readonly Change[] = [
  flipBits,
  flipBits,
  setField,
  setField,
  setField,
  cutOff,
  append,
  overwrite,
  graftHead,
  graftTail,
  moveBlock,
  sign,
  rewrite,
];
