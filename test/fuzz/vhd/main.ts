// npm run fuzz:vhd -- [--mutants 100000] [--seed n]: changes sound VHDs, and looks at them as an import does. None may make
// it fail or take over 5 s, none that another reading of the specification calls broken may pass, and every code of the
// table must come up, or the mutants were all alike.
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { checkVhd, ContentInspector, readVhd, vhdFaults } from '@cloud-images/disk-formats';
import { SeededRandom } from '../../support/seeded-random.ts';
import { dynamicVhd, soundVhd, unsoundVhds, withFooter } from '../../support/vhd.ts';
import { brokenIn } from './second-reading.ts';

const { values } = parseArgs({
  options: { mutants: { type: 'string', default: '100000' }, seed: { type: 'string' } },
});
const mutants = Number(values.mutants);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (![mutants, seed].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  throw new Error('--mutants and --seed take whole numbers');
}
const random = new SeededRandom(seed);
const limits = { virtualSize: 40 * 1024 ** 3, physicalSize: 1024 ** 2 };
const bases = [
  soundVhd(4_096),
  soundVhd(512),
  ...[1, 4, 64, 40 * 1024].map((mebibytes) => dynamicVhd(mebibytes * 1024 ** 2)),
  ...Object.values(unsoundVhds).flatMap((kinds) => kinds.map(([, file]) => file())),
];

/** Where the structures are. */
const place = (content: Buffer): number =>
  random.pick([random.int(0, 2_047), content.length - random.int(1, 512), random.int(0, content.length - 1)]);

const changes: readonly ((content: Buffer) => Buffer)[] = [
  (content) => {
    if (content.length > 0) content[Math.max(0, place(content)) % content.length] = random.int(0, 255);
    return content;
  },
  (content) => content.subarray(0, random.int(0, content.length)),
  (content) => content.subarray(random.int(0, Math.min(1_024, content.length))),
  (content) => Buffer.concat([content, random.bytes(random.int(1, 1_024))]),
  // With the right checksum: what is behind it is looked at.
  (content) => sealedChange(content, random.int(8, 83), 0, 512, 64),
  (content) => sealedChange(content, random.int(8, 60), 512, 1_024, 36),
  (content) =>
    content.length < 512 || content.length > 1024 ** 2
      ? content
      : withFooter(content, (footer) => footer.writeUInt32BE(random.int(0, 6), 60)),
  (content) => (random.next() < 0.05 ? Buffer.concat([content, Buffer.alloc(limits.physicalSize)]) : content),
];

const counts = new Map<string, number>();
const failures: string[] = [];
let slowest = 0;
const begin = performance.now();
for (let nth = 0; nth < mutants; nth += 1) {
  const mutant = changed(random.pick(bases));
  const since = performance.now();
  try {
    const fault = await verdictOn(mutant);
    counts.set(String(fault), (counts.get(String(fault)) ?? 0) + 1);
    const broken = brokenIn(mutant);
    if (fault === null && broken !== null) failures.push(`mutant ${nth} passed: ${broken}`);
  } catch (error) {
    failures.push(`mutant ${nth}: ${(error as Error).stack}`);
  }
  slowest = Math.max(slowest, performance.now() - since);
}

for (const failure of failures.slice(0, 20)) console.error(failure);
for (const [verdict, count] of [...counts].sort()) console.log(`  ${verdict.padEnd(6)} ${count}`);
console.log(
  `${mutants} mutants in ${((performance.now() - begin) / 1000).toFixed(0)} s, seed ${seed}: the slowest took ` +
    `${slowest.toFixed(1)} ms; ${failures.length} failures`,
);
const unseen = ['null', ...Object.keys(vhdFaults)].filter((verdict) => !counts.has(verdict));
if (unseen.length > 0) console.error(`never seen: ${unseen.join(', ')}`);
process.exit(failures.length > 0 || unseen.length > 0 || slowest > 5_000 ? 1 : 0);

/** In pieces of any length, as a stream has them; and by small reads anywhere, which must come to the same. */
async function verdictOn(content: Buffer): Promise<number | null> {
  const inspector = new ContentInspector();
  for (let at = 0; at < content.length;) {
    const length = random.int(1, 70_000);
    inspector.see(content.subarray(at, at + length));
    at += length;
  }
  const { vhd } = inspector.finish();
  const parts = await readVhd(content.length, async (at, bytes) => content.subarray(at, at + bytes));
  assert.deepEqual(parts, vhd);
  return checkVhd(parts, limits);
}

function changed(base: Buffer): Buffer {
  let content: Buffer = Buffer.from(base);
  for (let times = random.int(0, 3); times > 0; times -= 1) content = random.pick(changes)(content);
  return content;
}

function sealedChange(content: Buffer, at: number, from: number, length: number, checksumAt: number): Buffer {
  const start = from === 0 && random.next() < 0.5 ? content.length - 512 : from;
  if (start < 0 || start + length > content.length) return content;
  const structure = content.subarray(start, start + length);
  structure[at] = random.int(0, 255);
  structure.writeUInt32BE(0, checksumAt);
  structure.writeUInt32BE(~structure.reduce((sum, byte) => sum + byte, 0) >>> 0, checksumAt);
  return content;
}
