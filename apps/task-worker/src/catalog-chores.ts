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

/** Round after round, until nothing is left: each is bounded by the catalog, so that no call takes long. */
const choreOf = (catalog: Pick<Catalog, 'doChore'>, name: string, every: number): Chore => ({
  name: `catalog: ${name}`,
  every,
  run: async (signal) => {
    let all = 0;
    for (let from: string | null = null; ;) {
      const { done, next }: { done: number; next: string | null } = await catalog.doChore(name, from, signal);
      all += done;
      if (next === null) return all;
      from = next;
    }
  },
});
