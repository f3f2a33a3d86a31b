import { setTimeout as sleep } from 'node:timers/promises';
import { ledgerIsInOrder, ledgerIsTheLogs, readLedger, readLogged } from '../ledger/oracles.ts';
import type { Verdict } from '../oracles.ts';
import type { FaultStack } from './stack.ts';

/** Past audit's own waits: a lost place, a stream that is fetched from its owner. */
const COMPLETE_WITHIN_MS = 60_000;

/** L1, L2: the first subscriber has all, once; it may still be taking what the topics have. */
export async function untilTheLedgerIsTheLogs(stack: FaultStack): Promise<Verdict[]> {
  for (const until = Date.now() + COMPLETE_WITHIN_MS; ; await sleep(500)) {
    const logs = await Promise.all(
      (['catalog', 'membership', 'tasks', 'gateway'] as const).map((name) => readLogged(stack.database(name))),
    );
    const ledger = await readLedger(stack.database('audit'));
    const verdicts = [ledgerIsTheLogs(ledger, logs.flat()), ledgerIsInOrder(ledger)];
    if (verdicts.every(({ violations }) => violations.length === 0) || Date.now() > until) return verdicts;
  }
}
