// npm run fuzz:formats -- [--mutants 100000] [--compare 10000] [--seed n]: changes real images, and looks at them as uploads
// are looked at. None may make it fail or take over 5 s, and none may be judged otherwise than oslo.utils (as Glance asks
// it) judges it without a reason that docs/disk-formats.md tells. Needs qemu-img and, to compare, python3 with venv.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeBaseImages } from './base-images.ts';
import { compare } from './compare.ts';
import { hunt } from './hunt.ts';
import { sizeReasons, verdictReasons } from './reasons.ts';

const { values } = parseArgs({
  options: {
    mutants: { type: 'string', default: '100000' },
    compare: { type: 'string', default: '10000' },
    seed: { type: 'string' },
  },
});
const [mutants, compared] = [Number(values.mutants), Number(values.compare)];
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (![mutants, compared, seed].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  throw new Error('--mutants, --compare and --seed take whole numbers');
}
const say = (line: string) => console.error(`  ${line}`);
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(0)} s`;
let failed = 0;

try {
  const bases = await makeBaseImages();
  console.log(`fuzz of the disk formats: ${bases.length} real images, seed ${seed}`);
  if (mutants > 0) await report(bases);
  if (compared > 0) await reportCompared(bases);
} catch (error) {
  failed = 1;
  console.error(`seed ${seed}: ${(error as Error).message}`);
}
console.log(failed ? 'fuzz failed' : 'fuzz passed');
process.exit(failed);

async function report(bases: Awaited<ReturnType<typeof makeBaseImages>>): Promise<void> {
  const begin = performance.now();
  const { counts, slowest, failures } = await hunt(bases, mutants, seed);
  for (const failure of failures) console.error(failure);
  const of = (kind: string) =>
    Object.entries(counts).reduce((sum, [key, count]) => (key.endsWith(kind) ? sum + count : sum), 0);
  const [match, mismatch, dangerous] = [of('match') - of('mismatch'), of('mismatch'), of('dangerous')];
  for (const [key, count] of Object.entries(counts).sort()) console.log(`  ${key.padEnd(18)} ${count}`);
  console.log(
    `${match + mismatch + dangerous} mutants in ${seconds(begin)}: ${match} taken, ${mismatch} of another format, ` +
      `${dangerous} dangerous; the slowest took ${slowest.toFixed(1)} ms; ${failures.length} failures`,
  );
  // Mutants that are all alike would prove nothing.
  const few = [match, mismatch, dangerous].some((count) => count < mutants / 20);
  if (few) console.error('too few of one kind');
  if (failures.length > 0 || few || match + mismatch + dangerous !== mutants) failed = 1;
}

async function reportCompared(bases: Awaited<ReturnType<typeof makeBaseImages>>): Promise<void> {
  assertTold();
  const begin = performance.now();
  const { bothAccept, bothRefuse, differences, unexplained } = await compare(bases, compared, seed, say);
  for (const one of unexplained.slice(0, 40)) console.error(`without a reason: ${one}`);
  for (const [id, { count, says, example }] of [...differences].sort(([, a], [, b]) => b.count - a.count)) {
    console.log(`  ${String(count).padStart(5)}  ${id}: ${says}\n         ${example}`);
  }
  const different = compared - bothAccept - bothRefuse;
  console.log(
    `${compared} mutants beside oslo.utils in ${seconds(begin)}: ${bothAccept} taken by both, ${bothRefuse} refused by ` +
      `both, ${different} differences, ${unexplained.length} without a reason`,
  );
  const few = [bothAccept, bothRefuse].some((count) => count < compared / 10);
  if (few) console.error('too few of one kind');
  if (unexplained.length > 0 || few) failed = 1;
}

function assertTold(): void {
  const told = readFileSync(join(import.meta.dirname, '../../../docs/disk-formats.md'), 'utf8');
  const untold = [...verdictReasons, ...sizeReasons].filter(({ id }) => !told.includes(`\`${id}\``));
  if (untold.length > 0)
    throw new Error(`docs/disk-formats.md does not tell of ${untold.map(({ id }) => id).join(', ')}`);
}
