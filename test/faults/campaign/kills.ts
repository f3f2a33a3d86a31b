import { setTimeout as sleep } from 'node:timers/promises';
import { anyMoment, nextPoints, settingOf } from './kill-plan.ts';
import { AT_LEAST_IN_FLIGHT, progress, type Round, type Scenario } from './scenario.ts';
import { services, type FaultStack, type Service } from './stack.ts';

const POINT_WITHIN_MS = 30_000;
const READY_WITHIN_MS = 60_000;
const name = 'kills';

/**
 * One service after the other is killed at one of its points after the other: started again at once, armed with the next.
 * The first kill of a row, and each point that is not reached, is a SIGKILL from outside at a random moment. A kill with
 * fewer than 16 requests under way does not count.
 */
export const kills: Scenario = {
  name,
  what: 'services killed (SIGKILL) at named points',
  fullDose: 210,
  perRound: 15,
  load: { largeShare: 0.01, purgeShare: 0.6 },
  run: async (round) => {
    let done = 0;
    const each = Math.ceil(round.dose / services.length);
    for (const service of services) {
      if (done >= round.dose || Date.now() > round.deadline) break;
      done += await row(round, service, Math.min(each, round.dose - done));
    }
    return { done };
  },
};

/** `count` kills of one service, which is unarmed before and after them. */
async function row(round: Round, service: Service, count: number): Promise<number> {
  const { stack, tally, random, load } = round;
  const points = [anyMoment, ...nextPoints(service, tally.of(name).marks, count - 1, random)];
  let counted = 0;
  let life: Life = { started: Date.now(), outcome: '', ended: Promise.resolve(false) };
  await progress(load, 60);
  for (const [at, point] of points.entries()) {
    const { killedAt, reached } = await die(round, service, point, life);
    const next = points[at + 1] ?? anyMoment;
    await stack.arm(service, settingOf(service, next, random));
    life = await begin(round, service, next);
    const inFlight = load.requests.at(killedAt);
    const mark = `${service} ${reached ? point : anyMoment}`;
    const counts = inFlight >= AT_LEAST_IN_FLIGHT;
    if (counts) {
      counted += 1;
      tally.figure('requests under way at a counted kill', inFlight);
    }
    tally.mark(name, counts ? mark : 'not counted: too few requests under way');
    const note = reached ? '' : ' (not reached: killed from outside)';
    console.log(`  ${service} ${point}${note}: ${inFlight} under way; started again, ${life.outcome}`);
  }
  return counted;
}

interface Life {
  readonly started: number;
  /** In words. */
  readonly outcome: string;
  /** True when the process ended by itself; false when its time for that is over. */
  readonly ended: Promise<boolean>;
}

/** Starts the service again; returns when it is ready, or has met its point before that. */
async function begin({ stack, tally }: Round, service: Service, point: string): Promise<Life> {
  const started = Date.now();
  await stack.start(service);
  if (point === anyMoment) {
    await stack.waitReady();
    tally.figure('ready after a start, ms', Date.now() - started);
    return { started, outcome: `ready after ${Date.now() - started} ms`, ended: Promise.resolve(false) };
  }
  const met = new AbortController();
  const ended = stack.endsWithin(service, POINT_WITHIN_MS);
  void ended.then(() => met.abort());
  await stack.waitReady(READY_WITHIN_MS, met.signal);
  const ms = Date.now() - started;
  if (met.signal.aborted) return { started, ended, outcome: `at ${point} after ${ms} ms, before ${stack.lastAnswer}` };
  tally.figure('ready after a start, ms', ms);
  return { started, ended, outcome: `ready after ${ms} ms` };
}

async function die({ stack, load, random }: Round, service: Service, point: string, { started, ended }: Life) {
  if (point === 'expiry.recorded') await leaveUploads(stack);
  if (await ended) {
    const said = await stack.lastWords(service, started);
    if (said === null) throw new Error(`${service} ended by itself, and not at its crash point`);
    return { killedAt: said, reached: true };
  }
  await progress(load, 20);
  await sleep(random.int(0, 300));
  const killedAt = Date.now();
  await stack.kill(service);
  return { killedAt, reached: point === anyMoment };
}

/** Attempts that nobody renews any more. */
async function leaveUploads(stack: FaultStack): Promise<void> {
  await stack.kill('gateway');
  await stack.start('gateway');
}
