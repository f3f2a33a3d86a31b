// What the bus may do to its consumers: bring messages again, in another order, and bring what is no message at all.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { lag, readTopic, sendAll, topics, type BusRecord } from './bus.ts';
import { poisonHeader } from './bus-oracle.ts';
import { progress, verdict, type Round, type Scenario } from './scenario.ts';

const WINDOW = 100;
const MOST_COPIES = 5;
const OLD_SHARE = 0.1;
const POISON_EVERY = 1_000;
const TAKEN_WITHIN_MS = 420_000;

export const repeatedDeliveries: Scenario = {
  name: 'repeats',
  what: 'deliveries, each message up to 5 times, shuffled within 100, with old ones between them',
  fullDose: 100_000,
  perRound: 25_000,
  run: async (round) => {
    await progress(round.load, 300);
    const records = repeats(await realRecords(round), round.dose, round.random);
    await deliverAll(round, records);
    return { done: records.length };
  },
};

export const poison: Scenario = {
  name: 'poison',
  what: 'deliveries, of which 1 in 1,000 is poison',
  fullDose: 20_000,
  perRound: 10_000,
  run: async (round) => {
    const { stack, load, tally } = round;
    // Keys of images that nobody works on any more: what is parked with them is a repetition.
    const still = await realRecords(round);
    await progress(load, 300);
    const real = await realRecords(round);
    const records = repeats(real, round.dose, round.random);
    const models = (still.length > 0 ? still : real).filter(({ topic }) => topic === topics.member);
    const bad = Array.from({ length: Math.ceil(records.length / POISON_EVERY) }, (_, nth) =>
      poisonOf(nth, round.random.pick(models), round.random),
    );
    for (const one of bad) records.splice(round.random.int(0, records.length), 0, one);
    await deliverAll(round, records);
    const letters = await deadLetters(round);
    const violations = bad
      .filter(({ headers }) => !new RegExp(`${headers['ce_id']}\\n\\s+cause +\\S`).test(letters))
      .map(({ headers }) => `${headers[poisonHeader]} ${headers['ce_id']} is not among the dead letters`);
    for (const { headers } of bad) tally.mark('poison', String(headers[poisonHeader]));
    await stack.waitReady();
    return { done: records.length, verdicts: [verdict('poison is laid aside with its cause', bad.length, violations)] };
  },
};

async function realRecords({ stack }: Round): Promise<BusRecord[]> {
  const kafka = stack.kafka();
  const all = [...(await readTopic(kafka, topics.image)), ...(await readTopic(kafka, topics.member))];
  return all.filter(({ headers }) => headers[poisonHeader] === undefined);
}

/** `count` deliveries of these messages. */
function repeats(records: readonly BusRecord[], count: number, random: SeededRandom): BusRecord[] {
  const chosen: BusRecord[] = [];
  while (chosen.length < count) {
    const from = random.int(0, Math.max(0, records.length - WINDOW));
    const window = records.slice(from, from + WINDOW).flatMap((record) => {
      const copies = Array.from({ length: random.int(1, MOST_COPIES) }, () => record);
      return random.next() < OLD_SHARE ? [...copies, random.pick(records)] : copies;
    });
    chosen.push(...shuffled(window, random));
  }
  return chosen.slice(0, count);
}

function shuffled<T>(items: T[], random: SeededRandom): T[] {
  for (let at = items.length - 1; at > 0; at -= 1) {
    const other = random.int(0, at);
    [items[at], items[other]] = [items[other] as T, items[at] as T];
  }
  return items;
}

/** On the member topic with the key of a message that was taken long ago, or a key of its own on the other one. */
function poisonOf(nth: number, like: BusRecord, random: SeededRandom): BusRecord {
  const id = randomUUID();
  const { ce_type: _, ...untyped } = like.headers;
  const kinds: Record<string, Pick<BusRecord, 'value' | 'headers'>> = {
    'no JSON': { value: like.value.slice(0, -1), headers: like.headers },
    'no type': { value: like.value, headers: untyped },
    'another type': { value: '{}', headers: { ...like.headers, ce_type: 'cloud-images.member.MemberAdded.v99' } },
    'nothing at all': { value: '', headers: {} },
    'of nobody': { value: like.value, headers: { ...like.headers, ce_stream: `membership-${randomUUID()}` } },
  };
  const [kind, { value, headers }] = Object.entries(kinds)[nth % 5] as [string, Pick<BusRecord, 'value' | 'headers'>];
  const marked = { ...headers, ce_id: id, [poisonHeader]: kind };
  const elsewhere = kind === 'nothing at all' || (kind === 'no type' && random.next() < 0.5);
  return elsewhere
    ? { topic: topics.image, partition: like.partition, key: id, value, headers: marked }
    : { topic: topics.member, partition: like.partition, key: like.key, value, headers: marked };
}

/** While the load goes on; returns when all of it was taken, or laid aside. */
async function deliverAll({ stack, load, tally }: Round, records: readonly BusRecord[]): Promise<void> {
  const kafka = stack.kafka();
  const from = Date.now();
  await sendAll(kafka, records);
  const sent = Date.now();
  while ((await lag(kafka)) > load.inFlight) {
    if (Date.now() - sent > TAKEN_WITHIN_MS) throw new Error(`${records.length} deliveries were not taken in time`);
    await sleep(250);
  }
  const perSecond = Math.round(records.length / ((Date.now() - from) / 1_000));
  tally.figure('repeated deliveries taken a second', perSecond);
  console.log(`  ${records.length} deliveries, ${perSecond} a second`);
}

/** As an operator sees them. */
async function deadLetters({ stack }: Round): Promise<string> {
  const command = ['run', '--rm', '--no-deps', '-T', 'migrate', 'node', 'deploy/operate.mjs', 'dead-letters', 'list'];
  return stack.project.compose(command, 120);
}
