import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, FetchOffsetsPartition, ITopicConfig } from 'kafkajs';
import { connected, type Connected, type KafkaConnectionOptions } from './connection.js';
import { Renewable } from './renewable.js';
import { TopicReader } from './topic-reader.js';

export interface TopicSettings {
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  /** By topic; what is not named here is kept for ever. */
  readonly retentionDays: Readonly<Record<string, number>>;
}

const DAY_MS = 86_400_000;
/** An image with 128 properties of 70,000 characters is one event. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const DEAD_LETTER_SEGMENT_BYTES = 64 * 1024 * 1024;
const KNOWN_WITHIN_MS = 10_000;
const LEADER_WITHIN_MS = 3_000;

/** Which topics there are, how far they go, and how far groups are in them. */
export class Topics {
  private readonly readers = new Map<string, Renewable<TopicReader>>();
  private readonly admin: Renewable<Connected<Admin>>;
  /** What this process needs: made again when somebody removes it. */
  private readonly needed = new Map<string, () => Promise<void>>();

  constructor(
    private readonly connection: KafkaConnectionOptions,
    private readonly settings: TopicSettings,
  ) {
    this.admin = new Renewable(
      () => connected(connection, (kafka) => kafka.admin()),
      ({ end }) => end(),
    );
  }

  /** A topic of messages. One that is there is left as it is. */
  async ensure(topic: string, partitions: number): Promise<void> {
    const days = this.settings.retentionDays[topic];
    await this.need(topic, partitions, {
      'cleanup.policy': 'delete',
      'retention.bytes': '-1',
      'retention.ms': days === undefined ? '-1' : String(days * DAY_MS),
    });
  }

  /** A topic of one partition that keeps the last record of each key. */
  async ensureCompacted(topic: string): Promise<void> {
    await this.need(topic, 1, {
      'cleanup.policy': 'compact',
      'segment.bytes': String(DEAD_LETTER_SEGMENT_BYTES),
    });
  }

  private async need(topic: string, partitions: number, config: Record<string, string>): Promise<void> {
    const make = () => this.make(topic, partitions, config);
    this.needed.set(topic, make);
    await make();
  }

  private async make(topic: string, numPartitions: number, config: Record<string, string>): Promise<void> {
    const { replicationFactor, minInsyncReplicas } = this.settings;
    const entries = {
      ...config,
      'max.message.bytes': String(MAX_MESSAGE_BYTES),
      'min.insync.replicas': String(minInsyncReplicas),
    };
    const wanted: ITopicConfig = {
      topic,
      numPartitions,
      replicationFactor,
      configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
    };
    // Asked for first, for whoever may read a topic need not have the right to make one. Not every broker knows a topic at once that the controller has made.
    for (const end = Date.now() + KNOWN_WITHIN_MS; ; await sleep(100)) {
      try {
        if (await this.isThere(topic)) return;
        await this.admin.use(({ client }) =>
          client.createTopics({ topics: [wanted], waitForLeaders: true, timeout: 10_000 }),
        );
      } catch (error) {
        if (!isUnknownTopic(error) && !isLeaderless(error)) throw error;
      }
      if (Date.now() > end) throw new Error(`the topic ${topic} does not come into being`);
    }
  }

  private async isThere(topic: string): Promise<boolean> {
    try {
      await this.reading(topic, (reader) => reader.ends());
      return true;
    } catch (error) {
      if (isUnknownTopic(error)) return false;
      throw error;
    }
  }

  /** Does some work on topics; when one of them is gone that this process had made sure of, makes it again and repeats. */
  async remaking<Result>(topics: Iterable<string>, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const lost = [...new Set(topics)].flatMap((topic) => this.needed.get(topic) ?? []);
      if (!isUnknownTopic(error) || lost.length === 0) throw error;
      for (const make of lost) await make();
      return work();
    }
  }

  ends(topic: string): Promise<ReadonlyMap<number, string>> {
    return this.remaking([topic], () => this.reading(topic, (reader) => reader.ends()));
  }

  starts(topic: string): Promise<ReadonlyMap<number, string>> {
    return this.reading(topic, (reader) => reader.starts());
  }

  /** Reads something of a topic; waits a little while leaders change. */
  async reading<Result>(topic: string, work: (reader: TopicReader) => Promise<Result>): Promise<Result> {
    const reader = this.readerOf(topic);
    for (const end = Date.now() + LEADER_WITHIN_MS; ; await sleep(100)) {
      try {
        return await reader.use(work);
      } catch (error) {
        if (!isLeaderless(error) || Date.now() > end) throw error;
      }
    }
  }

  private readerOf(topic: string): Renewable<TopicReader> {
    const known = this.readers.get(topic);
    if (known) return known;
    const reader = new Renewable(
      () => TopicReader.open(this.connection, topic),
      (opened) => opened.close(),
    );
    this.readers.set(topic, reader);
    return reader;
  }

  /** What a group has committed, by topic: offset -1 where it has nothing. All its topics, or those named. */
  async committed(group: string, topics: readonly string[] = []): Promise<Map<string, FetchOffsetsPartition[]>> {
    const found = await this.admin.use(({ client }) => client.fetchOffsets({ groupId: group, topics: [...topics] }));
    return new Map(found.map(({ topic, partitions }) => [topic, partitions]));
  }

  async lag(group: string): Promise<number> {
    let sum = 0n;
    for (const [topic, partitions] of await this.committed(group)) {
      const ends = await this.ends(topic);
      for (const { partition, offset } of partitions) {
        const behind = BigInt(ends.get(partition) ?? '0') - BigInt(Math.max(Number(offset), 0));
        if (behind > 0n) sum += behind;
      }
    }
    return Number(sum);
  }

  async close(): Promise<void> {
    await Promise.all([...this.readers.values(), this.admin].map((client) => client.close()));
  }
}

export const isUnknownTopic = (error: unknown): boolean => saysOneOf(error, ['UNKNOWN_TOPIC_OR_PARTITION']);
const isLeaderless = (error: unknown): boolean =>
  saysOneOf(error, ['LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']);

/** kafkajs wraps what the broker said once or twice. */
function saysOneOf(error: unknown, types: readonly string[]): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (types.includes((cause as { type?: string }).type ?? '')) return true;
  }
  return false;
}
