// How fast a backlog gets onto Kafka: a log that was filled while the catalog was away, and the catalog started on it.
// membership's consumer of the same topic runs meanwhile; audit, which takes half as many events on all of this machine's
// cores (--only ledger), does not. What is on the topic is read and checked.
import pg from 'pg';
import { appendLives, eventsEach } from './lives.ts';
import { openKafka, type Kafka } from './message-bus.ts';
import { readTopic } from './read-topic.ts';
import { median } from './statistics.ts';
import { startSubject, type Subject } from './subject.ts';
import type { Row } from './table.ts';

export interface RelayDose {
  readonly rounds: number;
  readonly images: number;
}

const topic = 'cloud-images.image';
const atLeast = 10_000;
const LOOK_MS = 20;
const PATIENCE_MS = 120_000;

export async function benchRelay(dose: RelayDose, say: (line: string) => void): Promise<Row[]> {
  const kafka = await openKafka();
  try {
    const subject = await startSubject({}, kafka.settings);
    try {
      return await measure(dose, subject, kafka, say);
    } finally {
      await subject.stop();
    }
  } finally {
    await kafka.stop();
  }
}

async function measure({ rounds, images }: RelayDose, subject: Subject, kafka: Kafka, say: (line: string) => void) {
  const { stack } = subject;
  await stack.kill('audit');
  await stack.kill('catalog');
  say(`appending the lives of ${images} images`);
  await appendLives(subject, images);
  const events = images * eventsEach;
  const owner = new pg.Client({ connectionString: stack.owners.catalog });
  await owner.connect();
  const rates: number[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      await stack.kill('catalog');
      // As if nothing of the log had been published yet; the messages of earlier rounds stay on the topic.
      await owner.query(
        `UPDATE log.relay SET epoch = epoch + 1, transaction_id = '0', position = 0, number = 0, ends = '{}'`,
      );
      const restarted = stack.restart('catalog');
      rates.push(await rateOf(owner, events));
      await restarted;
      say(`relay: ${rates.at(-1)?.toFixed(0)} events/s`);
    }
  } finally {
    await owner.end();
  }
  const problem = await whatIsWrong(kafka, events, rounds);
  if (problem) say(problem);
  const perSecond = median(rates);
  return [
    {
      what: `relay of ${events} events to Kafka, in order and once`,
      ours: `${perSecond.toFixed(0)} events/s`,
      bare: '',
      figure: perSecond,
      bar: { atLeast },
      unit: ' events/s',
      failures: problem === null ? 0 : 1,
    },
  ];
}

/** From the first checkpoint that is seen to the one of the last event. */
async function rateOf(owner: pg.Client, events: number): Promise<number> {
  let first: { at: number; number: number } | null = null;
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    const { rows } = await owner.query<{ number: number }>('SELECT number::float8 AS number FROM log.relay');
    const at = performance.now();
    const number = rows[0]?.number ?? 0;
    if (number > 0) first ??= { at, number };
    if (first && number === events) return ((events - first.number) / (at - first.at)) * 1000;
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  throw new Error(`the relay did not bring ${events} events to the topic in ${PATIENCE_MS / 1000} s`);
}

/** Each round must have brought every number once, and each key's events in their order. */
async function whatIsWrong({ address }: Kafka, events: number, rounds: number): Promise<string | null> {
  const times = new Map<string, number>();
  const versions = new Map<string, number>();
  let total = 0;
  await readTopic(address, topic, ({ key, headers }) => {
    total += 1;
    const number = headers['ce_number'] ?? '';
    times.set(number, (times.get(number) ?? 0) + 1);
    const version = Number(headers['ce_streamversion']);
    const before = versions.get(key) ?? 0;
    if (version !== (before % eventsEach) + 1) versions.set(key, Number.NaN);
    else versions.set(key, version);
  });
  if (total !== events * rounds) return `${total} messages are on the topic, not ${rounds} × ${events}`;
  if (times.size !== events) return `${times.size} numbers are on the topic, not ${events}`;
  if ([...times.values()].some((seen) => seen !== rounds)) return 'some numbers came more often than others';
  if ([...versions.values()].some(Number.isNaN)) return "some keys' events are out of order";
  return null;
}
