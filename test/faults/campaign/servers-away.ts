// A server that the services stand on goes away and comes back: what clients are told meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Load } from '../load.ts';
import type { Operation } from '../operations.ts';
import type { Verdict } from '../oracles.ts';
import { askBroker, topics } from './bus.ts';
import { rowsOf } from './neighbour-oracles.ts';
import { progress, verdict, type Round, type Scenario } from './scenario.ts';

const KAFKA_AWAY_MS = { full: 60_000, small: 8_000 };
const DATABASE_AWAY_MS = 1_500;
/** A connection to a server whose network went with it may be waited for, some seconds, before anybody is told. */
const TOLD_WITHIN_MS = 10_000;
const FIRST_SUCCESS_WITHIN_MS = 5_000;
const TOPICS_BACK_WITHIN_MS = 60_000;

export const kafkaAway: Scenario = {
  name: 'kafka',
  what: 'times that Kafka is stopped for 60 s (8 s in a small dose) and its topics are deleted',
  fullDose: 1,
  perRound: 1,
  run: async (round) => {
    const { stack, load, tally } = round;
    await progress(load, 100);
    await stack.stop('kafka');
    const from = Date.now();
    await sleep(round.full ? KAFKA_AWAY_MS.full : KAFKA_AWAY_MS.small);
    const to = Date.now();
    await stack.start('kafka');
    const written = writesSucceed(load, from, to);
    tally.figure('commands acknowledged a second without Kafka', Math.round(written.checked / ((to - from) / 1_000)));
    await deleteTopics(round);
    await progress(load, 100);
    return { done: round.full ? 1 : 0, verdicts: [written] };
  },
};

/** Every command that began and ended while Kafka was away has an answer, and it is not that something was away. */
function writesSucceed(load: Load, from: number, to: number): Verdict {
  const meanwhile = load.log.within(from, to);
  const violations = meanwhile
    .filter(({ outcome }) => outcome === 'unknown')
    .map((one) => `${answered(one)}, ${one.ended - one.began} ms: ${one.said ?? ''}`);
  if (meanwhile.length === 0) violations.push('nothing was written meanwhile');
  return verdict('writes succeed without Kafka', meanwhile.length, violations);
}

const answered = ({ kind, image, status }: Operation): string =>
  `${kind} ${image}: ${status === 0 ? 'no answer' : status}`;

/** The relays notice, and fill new ones by themselves. */
async function deleteTopics({ stack }: Round): Promise<void> {
  const all = Object.values(topics);
  await askBroker(stack.kafka(), (admin) => {
    stack.topicsMadeAnew = true;
    return admin.deleteTopics({ topics: all, timeout: 10_000 });
  });
  for (const until = Date.now() + TOPICS_BACK_WITHIN_MS; ; await sleep(500)) {
    const there = await askBroker(stack.kafka(), (admin) => admin.listTopics());
    if (all.every((topic) => there.includes(topic))) return;
    if (Date.now() > until) throw new Error('the topics were not made again');
  }
}

export const databaseCrashes: Scenario = {
  name: 'postgres',
  what: 'crashes (SIGKILL) of PostgreSQL',
  fullDose: 5,
  perRound: 5,
  run: async (round) => {
    const { stack, load, tally, random } = round;
    const verdicts: Verdict[] = [];
    let done = 0;
    for (; done < round.dose && Date.now() < round.deadline; done += 1) {
      await progress(load, 60);
      await sleep(random.int(0, 300));
      const from = Date.now();
      await stack.kill('postgres');
      await sleep(DATABASE_AWAY_MS);
      while (refusedWithin(load, from) === 0 && Date.now() < from + TOLD_WITHIN_MS) await sleep(100);
      const to = Date.now();
      await stack.start('postgres');
      const up = await databaseIsUp(round);
      const acknowledged = await nextSuccess(load, up);
      tally.figure('first success after PostgreSQL is up, ms', acknowledged - up);
      verdicts.push(onlyRefusedFor503(load, from, to), soon(acknowledged - up));
    }
    await progress(load, 200);
    return { done, verdicts };
  },
};

/** Each of them got an answer: what it asked for, a refusal, or 503 (that these have Retry-After is O7's business). */
function onlyRefusedFor503(load: Load, from: number, to: number): Verdict {
  const meanwhile = load.log.within(from, to);
  const violations = meanwhile.filter(({ status }) => status === 0 || (status >= 500 && status !== 503)).map(answered);
  if (refusedWithin(load, from, to) === 0) violations.push('nobody was told 503 while PostgreSQL was away');
  return verdict('only 503 while PostgreSQL is away', meanwhile.length, violations);
}

const refusedWithin = (load: Load, from: number, to = Date.now()): number =>
  load.log.within(from, to).filter(({ status }) => status === 503).length;

const soon = (ms: number): Verdict =>
  verdict(
    'first success within 5 s of PostgreSQL',
    1,
    ms <= FIRST_SUCCESS_WITHIN_MS ? [] : [`the first success came ${ms} ms after PostgreSQL was up`],
  );

async function databaseIsUp({ stack }: Round): Promise<number> {
  for (const until = Date.now() + 60_000; ; await sleep(50)) {
    try {
      await rowsOf(stack.superuser, 'SELECT 1');
      return Date.now();
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}

async function nextSuccess(load: Load, since: number): Promise<number> {
  for (const until = Date.now() + 60_000; ; await sleep(20)) {
    const first = load.log.all.find(({ outcome, ended }) => outcome === 'ok' && ended >= since);
    if (first) return first.ended;
    if (Date.now() > until) throw new Error('nothing succeeds after PostgreSQL came back');
  }
}
