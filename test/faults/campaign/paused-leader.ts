import { setTimeout as sleep } from 'node:timers/promises';
import { rowsOf } from './neighbour-oracles.ts';
import { progress, verdict, type Round, type Scenario } from './scenario.ts';
import type { FaultStack } from './stack.ts';

/** A leader that says nothing loses its session after 30 s; whoever waits for the lead asks every second. */
const ANOTHER_LEADS_WITHIN_MS = 45_000;
const TOGETHER_MS = 5_000;

/** Two instances of each service: the one whose relay leads is stopped in the middle of everything, and later goes on. */
export const pausedLeader: Scenario = {
  name: 'leader',
  what: 'relay leaders paused until another leads, then resumed',
  fullDose: 4,
  perRound: 2,
  instances: 2,
  // Half of the requests meet the instance that stands still.
  load: { timeoutMs: 700 },
  run: async (round) => {
    const violations: string[] = [];
    let done = 0;
    for (; done < round.dose && Date.now() < round.deadline; done += 1) {
      const service = done % 2 === 0 ? 'catalog' : 'membership';
      await progress(round.load, 60);
      violations.push(...(await switchOver(round, service)));
      round.tally.mark('leader', service);
    }
    return { done, verdicts: [verdict('another relay leads while the leader stands still', done, violations)] };
  },
};

async function switchOver({ stack, tally, random }: Round, service: 'catalog' | 'membership'): Promise<string[]> {
  const leader = await leaderOf(stack, service);
  if (leader === null) return [`no relay of ${service} leads`];
  await sleep(random.int(0, 500));
  const from = Date.now();
  await stack.pause(service, leader);
  let next: number | null = leader;
  try {
    while (next === leader || next === null) {
      if (Date.now() - from > ANOTHER_LEADS_WITHIN_MS)
        return [`${service}: nobody else leads ${Date.now() - from} ms after the leader was stopped`];
      await sleep(250);
      next = await leaderOf(stack, service);
    }
    tally.figure('another relay leads after a pause, ms', Date.now() - from);
    await sleep(random.int(0, 1_000));
  } finally {
    await stack.resume(service, leader);
  }
  await sleep(TOGETHER_MS);
  const now = await leaderOf(stack, service);
  console.log(`  ${service} ${leader} paused, ${next} led after ${Date.now() - from} ms, ${now} leads now`);
  return now === next ? [] : [`${service}: ${now} leads after the resumption, not ${next}`];
}

/** The instance whose relay holds the lock; null when none does. */
async function leaderOf(stack: FaultStack, service: 'catalog' | 'membership'): Promise<number | null> {
  const [found] = await rowsOf<{ address: string }>(
    stack.superuser,
    `SELECT DISTINCT host(a.client_addr) AS address FROM pg_stat_activity a JOIN pg_locks l USING (pid)
      WHERE a.application_name = '${service} relay' AND l.locktype = 'advisory' AND l.granted`,
  );
  if (!found) return null;
  for (const index of [1, 2]) if ((await stack.address(service, index)).includes(found.address)) return index;
  return null;
}
