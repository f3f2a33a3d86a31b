// npm run tamper [-- --mutations 10000] [--events 2000] [--untouched 100] [--million] [--seed n]: whoever has the ledger's
// database, and not the key nor the checkpoints that are deposited elsewhere, changes one thing; does the verifier find it,
// and name it?
import { parseArgs } from 'node:util';
import { trustedKeys, verifyExport, type Finding } from 'cloud-images-verify';
import { SeededRandom } from '../support/seeded-random.ts';
import { million } from './million.ts';
import { mutate, type Mutation } from './mutations.ts';
import { exportOf, sealLedger, type SealedLedger } from './sealed-ledger.ts';

const { values } = parseArgs({
  options: {
    mutations: { type: 'string', default: '300' },
    events: { type: 'string', default: '2000' },
    untouched: { type: 'string', default: '20' },
    million: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const random = new SeededRandom(Number(values.seed));
console.log(`seed ${values.seed}`);
let passed = 0;
let failed = 0;

const ledger = sealLedger(Number(values.events), random);
await untouched(Number(values.untouched));
await mutations(Number(values.mutations));
if (values.million) await million(random, count);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function count(good: boolean, what: string): void {
  if (good) passed += 1;
  else {
    failed += 1;
    if (failed < 20) console.log(`FAIL ${what}`);
  }
}

/** As the auditor does it who kept the latest checkpoint. */
async function verify(of: SealedLedger, lines: readonly string[], isWhole: boolean) {
  const { checkpoints, keys } = of;
  const since = isWhole ? checkpoints.at(-1) : undefined;
  return verifyExport({ lines, checkpoints, keys: trustedKeys(keys), since });
}

/** Ranges of any kind, each of a ledger that nobody touched. */
async function untouched(times: number): Promise<void> {
  for (let nth = 0; nth < times; nth += 1) {
    const { rows } = ledger;
    const whole = nth % 2 === 0;
    const from = whole ? 0 : random.int(0, rows.length - 1);
    const to = whole ? rows.length : random.int(from + 1, rows.length);
    const verdict = await verify(ledger, exportOf(ledger, rows, from, to), whole);
    count(verdict.finding === null && verdict.unproved === 0, `untouched ${from}–${to}: ${JSON.stringify(verdict)}`);
  }
  console.log(`${times} untouched exports verified`);
}

async function mutations(times: number): Promise<void> {
  const tally = new Map<string, { all: number; named: number; stretch: number }>();
  const started = performance.now();
  for (let nth = 0; nth < times; nth += 1) {
    const mutation = mutate(ledger.rows, random);
    const lines = exportOf(ledger, mutation.rows);
    const { finding } = await verify(ledger, mutation.edit ? mutation.edit(lines) : lines, true);
    count(
      finding !== null && isRight(finding, mutation),
      `${mutation.name} at ${mutation.position}: ${JSON.stringify(finding)}`,
    );
    const row = tally.get(mutation.name) ?? { all: 0, named: 0, stretch: 0 };
    row.all += 1;
    if (finding?.from === mutation.position && finding.from === finding.to) row.named += 1;
    else if (finding) row.stretch += 1;
    tally.set(mutation.name, row);
  }
  const seconds = (performance.now() - started) / 1_000;
  console.log(
    `${times} mutations of ${ledger.rows.length} events, ${ledger.checkpoints.length} checkpoints, ${seconds.toFixed(0)} s`,
  );
  for (const [name, { all, named, stretch }] of [...tally].sort()) {
    console.log(
      `  ${name.padEnd(22)} ${String(all).padStart(6)}, event named ${String(named).padStart(6)}, stretch named ${String(stretch).padStart(6)}`,
    );
  }
}

function isRight(finding: Finding, { kinds, position }: Mutation): boolean {
  if (kinds.length > 0) return kinds.includes(finding.what) && finding.from === position;
  // Computed anew: the stretch between two checkpoints that it is in, or a stream that does not add up behind it.
  return finding.what === 'altered' ? finding.from <= position && position <= finding.to : finding.from >= position;
}
