import { setTimeout as sleep } from 'node:timers/promises';
import { logger } from '@cloud-images/service-kit';
import { jest } from '@jest/globals';
import { TaskWorld } from '../testing/task-worker-process.js';
import { migrateQueue } from './migrate-queue.js';
import { TaskQueue, type Chore } from './task-queue.js';

jest.setTimeout(60_000);

let world: TaskWorld;
const queues: TaskQueue[] = [];

beforeAll(async () => (world = await TaskWorld.create()));
afterEach(() => Promise.all(queues.splice(0).map((queue) => queue.stop())));
afterAll(() => world.stop());

async function worker(...chores: Chore[]): Promise<TaskQueue> {
  const queue = new TaskQueue({
    ...{ connectionString: world.serviceUrl, applicationName: 'test', log: logger('test', 'silent') },
    ...{ concurrency: 0, perProject: 1, leaseSeconds: 10, sql: undefined as never },
  });
  await queue.start();
  queues.push(queue);
  await queue.doChores(chores);
  return queue;
}
const jobs = async (chore: string, state: string): Promise<number> => {
  const { rows } = await world.sql.query(
    `SELECT count(*)::int AS n FROM jobs.job WHERE name = 'chores' AND data->>'chore' = $1 AND state::text = $2`,
    [chore, state],
  );
  return (rows[0] as { n: number }).n;
};
async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await what()); await sleep(50))
    if (Date.now() > end) throw new Error('never');
}

describe('chores', () => {
  it('are done once in their time, whoever of several workers does them', async () => {
    let done = 0;
    const chore = { name: 'once', every: 3_600, run: async () => (done += 1) };
    // Planned as each starts; their timers are an hour away: what they would put is put here, twice.
    const [one, other] = [await worker(chore), await worker(chore)];
    await until(async () => (await jobs('once', 'completed')) === 1);
    await Promise.all([one.plan(chore), other.plan(chore)]);
    await until(async () => (await jobs('once', 'completed')) === 1);
    await one.plan(chore);
    await sleep(1_500);
    expect([done, await jobs('once', 'created')]).toEqual([1, 0]);
  });

  it('are tried again, later and later, when they could not be done', async () => {
    const at: number[] = [];
    const run = async () => {
      at.push(performance.now());
      if (at.length < 3) throw new Error('away');
      return 0;
    };
    const chore = { name: 'again', every: 3_600, run };
    await (await worker(chore)).plan(chore);
    await until(() => at.length === 3);
    expect(at[1]! - at[0]!).toBeGreaterThan(900);
    expect(at[2]! - at[0]!).toBeGreaterThan(3_000);
  });

  it('given one that takes longer than its time, then one more waits at most, and none is begun beside it', async () => {
    let running = 0;
    let most = 0;
    const run = async (signal: AbortSignal) => {
      most = Math.max(most, (running += 1));
      await sleep(60_000, undefined, { signal }).catch(() => undefined);
      running -= 1;
      return 0;
    };
    await worker({ name: 'long', every: 1, run });
    await until(() => running === 1);
    await sleep(4_000);
    expect([running, most]).toEqual([1, 1]);
    expect(await jobs('long', 'created')).toBeLessThanOrEqual(1);
    const began = performance.now();
    await queues.pop()!.stop();
    expect([running, performance.now() - began < 4_000]).toEqual([0, true]);
  });

  it('keep their queue when it is migrated again', async () => {
    const url = new URL(world.serviceUrl);
    await world.sql.query(`UPDATE jobs.queue SET policy = 'standard' WHERE name = 'chores'`);
    const policy = async () =>
      (await world.sql.query<{ policy: string }>(`SELECT policy FROM jobs.queue WHERE name = 'chores'`)).rows[0]
        ?.policy;
    await migrateQueue({ ownerUrl: world.ownerUrl, serviceRole: url.username });
    expect(await policy()).toBe('short');
    await migrateQueue({ ownerUrl: world.ownerUrl, serviceRole: url.username });
    expect(await policy()).toBe('short');
  });
});
