// A ledger that is too large for memory: made and exported in parts, verified by the program as its user runs it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SeededRandom } from '../support/seeded-random.ts';
import { FiledLedger } from './filed-ledger.ts';
import { changedRow } from './mutations.ts';
import { rowOf, type Row } from './sealed-ledger.ts';
import { runVerifier } from './run-verifier.ts';

const EVENTS = 1_000_000;
/** As audit does it unless it is told otherwise. */
const A_CHECKPOINT = 10_000;
const MOST_SECONDS = 60;

/** The export as it is, and with one event in the middle changed, once with its hash left and once with all hashed anew. */
export async function million(random: SeededRandom, count: (good: boolean, what: string) => void): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'cloud-images-tamper-'));
  try {
    const position = random.int(0.4 * EVENTS, 0.6 * EVENTS);
    const ledger = await FiledLedger.make(directory, random, { events: EVENTS, aCheckpoint: A_CHECKPOINT, position });
    const verify = verifierOf(directory, ledger);

    const intact = await verify('untouched');
    const right = `intact: ${EVENTS} events lead to the signed checkpoint of size ${EVENTS}`;
    count(intact.said === right && intact.code === 0, `a million, untouched: ${intact.said}`);
    count(intact.seconds <= MOST_SECONDS, `a million took ${intact.seconds} s`);

    const plain = changedRow(ledger.row, 'plain', random);
    const changed = await verify('one changed', plain);
    const named = `NOT INTACT: changed at position ${position} (event ${plain.entry.id}): `;
    count(changed.said.startsWith(named) && changed.code === 1, `a million, one changed: ${changed.said}`);

    const recomputed = await verify('one changed, hashed anew', rowOf(plain.entry));
    const from = position - (position % A_CHECKPOINT);
    const stretch = `NOT INTACT: altered at positions ${from} to ${from + A_CHECKPOINT - 1}: `;
    count(recomputed.said.startsWith(stretch) && recomputed.code === 1, `a million, hashed anew: ${recomputed.said}`);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function verifierOf(directory: string, ledger: FiledLedger) {
  const file = (name: string): string => join(directory, name);
  return async (what: string, instead?: Row) => {
    const { checkpoints, id, keys } = ledger;
    await writeFile(file('keys.json'), JSON.stringify({ ledger: id, keys }));
    await writeFile(file('checkpoints.json'), JSON.stringify({ checkpoints }));
    await writeFile(file('kept.json'), JSON.stringify({ checkpoint: checkpoints.at(-1) }));
    const bytes = await ledger.export(file('export.ndjson'), instead);
    const run = await runVerifier(
      file('export.ndjson'),
      ...['--keys', file('keys.json')],
      ...['--checkpoints', file('checkpoints.json')],
      ...['--since', file('kept.json')],
    );
    const memory = run.peakMegabytes === null ? '' : `, ${run.peakMegabytes} MB of memory at most`;
    const size = `${EVENTS} events, ${(bytes / 1e6).toFixed(0)} MB, ${checkpoints.length} checkpoints`;
    console.log(`${what}: ${size}: ${run.seconds.toFixed(1)} s${memory}\n  ${run.said}`);
    return run;
  };
}
