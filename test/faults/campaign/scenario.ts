import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../support/api-client.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Load, LoadOptions } from '../load.ts';
import type { Verdict } from '../oracles.ts';
import type { FaultStack } from './stack.ts';
import type { CampaignTally } from './tally.ts';

/** What a scenario has to work with in one of its rounds. */
export interface Round {
  readonly stack: FaultStack;
  /** Running from before the round until after it. */
  readonly load: Load;
  readonly client: ApiClient;
  readonly random: SeededRandom;
  readonly tally: CampaignTally;
  /** How much of the dose this round gives at most. */
  readonly dose: number;
  /** False in a small dose: waits may be shorter than the issue says. */
  readonly full: boolean;
  /** When the run has to come to its end, ms of the system's clock. */
  readonly deadline: number;
}

export interface Scenario {
  readonly name: string;
  /** In words, with the unit of the dose. */
  readonly what: string;
  readonly fullDose: number;
  /** Of the dose in one round, between two judgements. */
  readonly perRound: number;
  readonly load?: LoadOptions;
  /** Instances of catalog and membership; default 1. */
  readonly instances?: number;
  run(round: Round): Promise<{ readonly done: number; readonly verdicts?: readonly Verdict[] }>;
}

/** One after the other under one load, each at `dose` of what it gives in full, as far as that fits into a round. */
export function together(scenarios: readonly Scenario[], dose: number): Scenario {
  return {
    name: scenarios.map(({ name }) => name).join(' + '),
    what: `round, of each ${dose} of its full dose`,
    fullDose: 1,
    perRound: 1,
    load: Object.assign({}, ...scenarios.map(({ load }) => load)) as LoadOptions,
    run: async (round) => {
      const verdicts: Verdict[] = [];
      for (const { name, what, fullDose, perRound, run } of scenarios) {
        const part = Math.min(Math.ceil(fullDose * dose), perRound);
        console.log(`  ${name}: ${part} ${what}`);
        const result = await run({ ...round, dose: part });
        verdicts.push(...(result.verdicts ?? []));
      }
      return { done: 1, verdicts };
    },
  };
}

export const AT_LEAST_IN_FLIGHT = 16;
const PROGRESS_WITHIN_MS = 90_000;

/** Until `count` more commands were acknowledged and enough of them are under way. */
export async function progress(load: Load, count: number): Promise<void> {
  const before = load.log.count('ok');
  const until = Date.now() + PROGRESS_WITHIN_MS;
  while (load.log.count('ok') < before + count || load.inFlight < AT_LEAST_IN_FLIGHT) {
    if (Date.now() > until) throw new Error('the load makes no progress');
    await sleep(10);
  }
}

/** A verdict of a scenario's own. */
export const verdict = (oracle: string, checked: number, violations: string[]): Verdict => ({
  oracle,
  checked,
  violations,
});
