// The topics as somebody who is no part of the service sees them, and can write to them.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';

export const topics = { image: 'cloud-images.image', member: 'cloud-images.member' } as const;
export const groups = ['catalog', 'membership'] as const;

const READ_WITHIN_MS = 120_000;
const ANSWERS_WITHIN_MS = 60_000;
const BATCH = 500;

export interface BusRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One question to the broker, asked again over a new connection while it is starting (a proxy accepts, then closes). */
export async function askBroker<T>(kafka: Kafka, ask: (admin: Admin) => Promise<T>): Promise<T> {
  for (const until = Date.now() + ANSWERS_WITHIN_MS; ; await sleep(500)) {
    const admin = kafka.admin();
    try {
      await admin.connect();
      return await ask(admin);
    } catch (error) {
      if (Date.now() > until) throw error;
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
}

/** Everything on a topic up to the ends that it had when this was called, by partition in order. */
export async function readTopic(kafka: Kafka, topic: string): Promise<BusRecord[]> {
  const left = new Map<number, bigint>();
  for (const { partition, low, high } of await askBroker(kafka, (admin) => admin.fetchTopicOffsets(topic)))
    if (BigInt(high) > BigInt(low)) left.set(partition, BigInt(high));
  const records: BusRecord[] = [];
  const groupId = `faults-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50 });
  try {
    if (left.size > 0) {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          for (const { key, value, headers } of batch.messages) {
            records.push({
              topic,
              partition: batch.partition,
              key: String(key ?? ''),
              value: String(value ?? ''),
              headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
            });
          }
          const high = left.get(batch.partition);
          if (high !== undefined && BigInt(batch.lastOffset()) + 1n >= high) left.delete(batch.partition);
        },
      });
    }
    for (const until = Date.now() + READ_WITHIN_MS; left.size > 0; await sleep(20))
      if (Date.now() > until) throw new Error(`${topic} could not be read to its end`);
  } finally {
    await consumer.disconnect().catch(() => undefined);
    await askBroker(kafka, (admin) => admin.deleteGroups([groupId]).catch(() => undefined));
  }
  return records;
}

/** To the partitions that the records name, in this order. */
export async function sendAll(kafka: Kafka, records: readonly BusRecord[]): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    for (let at = 0; at < records.length; at += BATCH) {
      const byTopic = Map.groupBy(records.slice(at, at + BATCH), ({ topic }) => topic);
      const topicMessages = [...byTopic].map(([topic, of]) => ({
        topic,
        messages: of.map(({ partition, key, value, headers }) => ({ partition, key, value, headers: { ...headers } })),
      }));
      await producer.sendBatch({ topicMessages, acks: -1 });
    }
  } finally {
    await producer.disconnect();
  }
}

/** Messages that the services have not taken yet, summed over their groups. */
export function lag(kafka: Kafka): Promise<number> {
  return askBroker(kafka, async (admin) => {
    let sum = 0;
    for (const [group, topic] of [
      ['catalog', topics.member],
      ['membership', topics.image],
    ] as const) {
      const ends = await admin.fetchTopicOffsets(topic);
      const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      const places = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      for (const { partition, low, high } of ends)
        sum += Math.max(0, Number(high) - Math.max(places.get(partition) ?? 0, Number(low)));
    }
    return sum;
  });
}
