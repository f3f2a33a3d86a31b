import type { TopicPartitionOffsetAndMetadata } from 'kafkajs';
import { connectTo, type KafkaConnectionOptions } from '../connection.js';

/** Gives a group without members the places that an operator, or a restored cluster, says it has. */
export async function setPlaces(
  connection: KafkaConnectionOptions,
  groupId: string,
  places: readonly TopicPartitionOffsetAndMetadata[],
): Promise<void> {
  const consumer = connectTo(connection).consumer({ groupId, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [...new Set(places.map(({ topic }) => topic))] });
  const joined = new Promise<void>((resolve) => void consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
  await consumer.run({ autoCommit: false, eachMessage: async () => undefined });
  await joined;
  await consumer.commitOffsets([...places]);
  await consumer.disconnect();
}
