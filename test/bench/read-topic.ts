import kafkajs from 'kafkajs';

export interface Seen {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
}

const PATIENCE_MS = 120_000;

/** Shows everything that a topic has now, each partition in its order. */
export async function readTopic(address: string, topic: string, show: (message: Seen) => void): Promise<void> {
  const client = new kafkajs.Kafka({ brokers: [address], clientId: 'bench', logLevel: kafkajs.logLevel.NOTHING });
  const ends = await endsOf(client, topic);
  const consumer = client.consumer({ groupId: `bench-${Date.now()}`, maxWaitTimeInMs: 100 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${topic} could not be read to its end`)), PATIENCE_MS);
      const left = new Set([...ends].filter(([, end]) => end > 0n).map(([partition]) => partition));
      const finished = (): void => {
        if (left.size > 0) return;
        clearTimeout(timer);
        resolve();
      };
      finished();
      void consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
          for (const { offset, key, headers = {} } of batch.messages) {
            show({ key: String(key), headers: textsOf(headers) });
            resolveOffset(offset);
          }
          if (BigInt(batch.lastOffset()) + 1n >= (ends.get(batch.partition) ?? 0n)) left.delete(batch.partition);
          finished();
          await heartbeat();
        },
      });
    });
  } finally {
    await consumer.disconnect();
  }
}

async function endsOf(client: kafkajs.Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = client.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return new Map(ends.map(({ partition, high }) => [partition, BigInt(high)]));
}

const textsOf = (headers: kafkajs.IHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
