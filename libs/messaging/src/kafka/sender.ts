import type { Producer, RecordMetadata, TopicMessages } from 'kafkajs';
import { connected, retry, type Connected, type KafkaConnectionOptions } from './connection.js';
import { partitionOf } from '../embedded/partition-of.js';
import { Renewable } from './renewable.js';

export interface Outgoing {
  readonly topic: string;
  readonly key: string;
  /** Null removes what a compacted topic has under the key. */
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

const MAX_MESSAGES = 500;
/** Of one send: below what a broker takes by default. A single larger message goes alone. */
const MAX_BYTES = 768 * 1024;
const ACKNOWLEDGE_WITHIN_MS = 10_000;

/**
 * An idempotent producer that sends one batch after the other, acknowledged by all in-sync replicas. Overlapping sends
 * get kafkajs's sequence numbers out of order, and after a send that failed it can't know whether the broker has the
 * batch: the next one would be refused for ever. So sends wait for each other, and an error ends the producer.
 */
export class Sender {
  private readonly producer: Renewable<Connected<Producer>>;
  private last: Promise<unknown> = Promise.resolve();

  constructor(connection: KafkaConnectionOptions) {
    this.producer = new Renewable(
      () =>
        connected(connection, (kafka) =>
          kafka.producer({
            idempotent: true,
            maxInFlightRequests: 1,
            allowAutoTopicCreation: false,
            // The default computes the same with 64-bit objects, which is a tenth of the work of publishing.
            createPartitioner:
              () =>
              ({ message, partitionMetadata }) =>
                partitionOf(String(message.key), partitionMetadata.length),
            metadataMaxAge: 30_000,
            // The default is to try for ever, with longer and longer pauses; the caller knows better when to try again.
            retry,
          }),
        ),
      ({ end }) => end(),
    );
  }

  /** Resolves when all are durable, with the offset that the last batch of each partition begins at. */
  send(messages: readonly Outgoing[]): Promise<RecordMetadata[]> {
    const mine = this.last.then(async () => {
      const taken: RecordMetadata[] = [];
      for (const batch of batchesOf(messages)) taken.push(...(await this.sendBatch(batch)));
      return taken;
    });
    this.last = mine.catch(() => undefined);
    return mine;
  }

  private sendBatch(batch: readonly Outgoing[]): Promise<RecordMetadata[]> {
    const topicMessages: TopicMessages[] = [...Map.groupBy(batch, ({ topic }) => topic)].map(([topic, of]) => ({
      topic,
      messages: of.map(({ key, value, headers }) => ({ key, value, headers })),
    }));
    return this.producer.use(({ client }) =>
      client.sendBatch({ topicMessages, acks: -1, timeout: ACKNOWLEDGE_WITHIN_MS }),
    );
  }

  /** What was given to `send` before still goes out, or fails. */
  async close(): Promise<void> {
    await this.last;
    await this.producer.close();
  }
}

function* batchesOf(messages: readonly Outgoing[]): Generator<Outgoing[]> {
  let batch: Outgoing[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = sizeOf(message);
    if (batch.length > 0 && (batch.length === MAX_MESSAGES || bytes + size > MAX_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

const sizeOf = ({ key, value, headers }: Outgoing): number =>
  Object.entries(headers).reduce((sum, [name, text]) => sum + name.length + text.length, key.length) +
  (value === null ? 0 : Buffer.byteLength(value));
