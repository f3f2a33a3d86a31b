// npm run fuzz:rules -- [--cases 1000000] [--seed n]: the same cases and models as `npm run fuzz`, straight against the
// rules, without a service: a thousand times as many. Half of them are patches, half are lists.
import { parseArgs } from 'node:util';
import { Tally } from '../tally.ts';
import { fuzzListRules } from './list-rules.ts';
import { fuzzPatchRules } from './patch-rules.ts';

const { values } = parseArgs({ options: { cases: { type: 'string', default: '1000000' }, seed: { type: 'string' } } });
const cases = Number(values.cases);
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
if (![cases, seed].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  throw new Error('--cases and --seed take whole numbers');
}
console.log(`fuzz of the rules: ${cases} cases, seed ${seed}`);

const parts = [
  { tally: new Tally('PATCH dialect', cases / 2), run: fuzzPatchRules },
  { tally: new Tally('list parameters', cases / 2), run: fuzzListRules },
];
let failed = 0;
for (const { tally, run } of parts) {
  const began = performance.now();
  try {
    run(seed, tally);
  } catch (error) {
    failed += 1;
    const { message, cause } = error as Error;
    console.error(`seed ${seed}: ${message}${cause instanceof Error ? `\n${cause.message}` : ''}`);
  }
  const share = (100 * tally.acceptedShare).toFixed(1);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${tally.name}: ${tally.cases} cases in ${seconds} s, ${share} % accepted, ${tally.refused} refused`);
  // Cases that are all refused would prove little.
  if (tally.acceptedShare < 0.3 || !tally.done()) failed = Math.max(failed, 1);
}
console.log(`${parts.length - Math.min(failed, parts.length)} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
