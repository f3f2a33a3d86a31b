import type { Catalog } from './catalog.js';
import type { TaskWorkerConfig } from './config.js';
import type { Chore } from './queue/task-queue.js';

/** What the catalog has to do without being asked by people, and when: it has the commands, and no clock of its own. */
export function catalogChores(
  catalog: Pick<Catalog, 'doChore'>,
  { reaperIntervalSeconds: often, imageStoreCheckSeconds, answersSeconds }: ChoreTimes,
): Chore[] {
  return [
    choreOf(catalog, 'expire-uploads', often),
    choreOf(catalog, 'purge-due-images', often),
    choreOf(catalog, 'reach-ends-of-life', often),
    choreOf(catalog, 'remove-unused-data', often),
    choreOf(catalog, 'compare-store-with-log', imageStoreCheckSeconds),
    choreOf(catalog, 'forget-answers', answersSeconds),
  ];
}

type ChoreTimes = Pick<TaskWorkerConfig, 'reaperIntervalSeconds' | 'imageStoreCheckSeconds'> & {
  readonly answersSeconds: number;
};

/**
 * Round after round, each bounded by the catalog, until nothing is left or it is time for the next plan: the chores behind
 * this one wait no longer than that. What is left is gone on with then, from the same place.
 */
function choreOf(catalog: Pick<Catalog, 'doChore'>, name: string, every: number): Chore {
  let from: string | null = null;
  return {
    name: `catalog: ${name}`,
    every,
    run: async (signal) => {
      const enough = performance.now() + every * 1_000;
      let all = 0;
      do {
        const { done, next } = await catalog.doChore(name, from, signal);
        all += done;
        from = next;
      } while (from !== null && performance.now() < enough);
      return all;
    },
  };
}
