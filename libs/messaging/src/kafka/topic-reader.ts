import kafkajs, { type Broker, type Cluster, type Kafka, type RecordBatchEntry } from 'kafkajs';
import { connected, type Connected, type KafkaConnectionOptions } from './connection.js';

const { PartitionAssigners } = kafkajs;
const METADATA_MAX_AGE_MS = 5_000;
const MAX_BYTES = 4 * 1024 * 1024;

export type KafkaRecord = Pick<RecordBatchEntry, 'key' | 'value' | 'headers' | 'offset'>;

interface Fetched {
  readonly responses: readonly { readonly partitions: readonly { readonly messages: readonly KafkaRecord[] }[] }[];
}

/**
 * Reads any place of one topic, without a consumer group: for dead letters, for the ends of a topic, and to look whether a
 * group's place still holds what it held. kafkajs gives its cluster to partition assigners only, so one asks for it. A
 * cluster that knows several topics knows none any more when one of them is deleted, hence a reader for each.
 */
export class TopicReader {
  private readonly cluster: Cluster;

  private constructor(
    private readonly opened: Connected<Cluster>,
    private readonly topic: string,
  ) {
    this.cluster = opened.client;
  }

  static async open(connection: KafkaConnectionOptions, topic: string): Promise<TopicReader> {
    return new TopicReader(await connected(connection, clusterOf), topic);
  }

  /** The next offset of each partition. */
  ends(): Promise<ReadonlyMap<number, string>> {
    return this.offsets(false);
  }

  /** The first offset that is still there, of each partition. */
  starts(): Promise<ReadonlyMap<number, string>> {
    return this.offsets(true);
  }

  private async offsets(fromBeginning: boolean): Promise<ReadonlyMap<number, string>> {
    const { topic } = this;
    await this.know();
    const partitions = this.cluster
      .findTopicPartitionMetadata(topic)
      .map(({ partitionId: partition }) => ({ partition }));
    const [found] = await this.cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning }]);
    return new Map((found?.partitions ?? []).map(({ partition, offset }) => [partition, offset]));
  }

  /** What is there from an offset on, at most a few megabytes; waits for something at most `maxWaitMs`. */
  async read(partition: number, from: bigint, maxWaitMs = 0): Promise<KafkaRecord[]> {
    const { topic } = this;
    await this.know();
    const fetched = (await (
      await this.leader(partition)
    ).fetch({
      maxWaitTime: maxWaitMs,
      minBytes: 1,
      maxBytes: MAX_BYTES,
      topics: [{ topic, partitions: [{ partition, fetchOffset: from.toString(), maxBytes: MAX_BYTES }] }],
    })) as Fetched;
    const records = fetched.responses[0]?.partitions[0]?.messages ?? [];
    // The batch that holds `from` comes whole.
    return records.filter(({ offset }) => BigInt(offset) >= from);
  }

  private async know(): Promise<void> {
    await this.cluster.addMultipleTargetTopics([this.topic]);
    await this.cluster.refreshMetadataIfNecessary();
  }

  private async leader(partition: number): Promise<Broker> {
    const [nodeId] = Object.keys(this.cluster.findLeaderForPartitions(this.topic, [partition]));
    if (nodeId === undefined) throw new Error(`partition ${partition} of ${this.topic} has no leader`);
    return this.cluster.findBroker({ nodeId });
  }

  close(): Promise<void> {
    return this.opened.end();
  }
}

function clusterOf(kafka: Kafka): Cluster {
  let cluster: Cluster | undefined;
  kafka.consumer({
    groupId: 'never joined',
    allowAutoTopicCreation: false,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    partitionAssigners: [
      (parts) => {
        cluster = parts.cluster;
        return PartitionAssigners.roundRobin(parts);
      },
    ],
  });
  if (!cluster) throw new Error('kafkajs made no cluster');
  return cluster;
}

/** Gives everything that a topic of one partition has now. */
export async function readAll(reader: TopicReader, take: (record: KafkaRecord) => void): Promise<void> {
  const end = BigInt((await reader.ends()).get(0) ?? '0');
  for (let next = BigInt((await reader.starts()).get(0) ?? '0'); next < end;) {
    const records = await reader.read(0, next, 100);
    records.forEach(take);
    // Compaction may leave batches without records at the end.
    next = records.length > 0 ? BigInt(records.at(-1)?.offset ?? end) + 1n : end;
  }
}

export const textOf = (bytes: Buffer | string | null | undefined): string => bytes?.toString() ?? '';

/** Headers as texts; one that is given several times keeps its last value. */
export function headersOf(record: Pick<KafkaRecord, 'headers'>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(record.headers ?? {})) {
    headers[name] = textOf(Array.isArray(value) ? value.at(-1) : value);
  }
  return headers;
}
