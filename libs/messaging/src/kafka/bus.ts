import type {
  Consumer,
  ConsumerOptions,
  DeadLetter,
  DeadLetterCounts,
  LetterPlace,
  MessageBus,
  Publisher,
} from '../port.js';
import type { KafkaConnectionOptions } from './connection.js';
import { KafkaConsumer } from './consumer.js';
import { deadLetterTopic, letterAt, letterId, readRecord, replayRecord, takenRecord } from './dead-letter-records.js';
import { ParkedLetters } from './parked-letters.js';
import { KafkaPublisher } from './publisher.js';
import { Sender } from './sender.js';
import { readAll } from './topic-reader.js';
import { isUnknownTopic, Topics, type TopicSettings } from './topics.js';

export interface KafkaBusOptions extends KafkaConnectionOptions, Partial<TopicSettings> {
  readonly sessionTimeoutMs?: number;
  readonly silenceMs?: number;
  /** The bus is away, or a consumer had to be started again: it goes on by itself. Who is told so need not wait for Kafka. */
  readonly onTrouble?: (error: unknown) => void;
}

export function createKafkaBus(options: KafkaBusOptions): MessageBus {
  return new KafkaBus(options);
}

class KafkaBus implements MessageBus {
  private readonly topics: Topics;
  private readonly sender: Sender;
  private readonly consumers = new Set<KafkaConsumer>();
  private readonly publishers = new Set<KafkaPublisher>();

  constructor(private readonly options: KafkaBusOptions) {
    const { replicationFactor = 1, minInsyncReplicas = 1, retentionDays = {} } = options;
    this.topics = new Topics(options, { replicationFactor, minInsyncReplicas, retentionDays });
    this.sender = new Sender(options);
  }

  async ensureTopic(topic: string, partitions: number): Promise<void> {
    try {
      await this.topics.ensure(topic, partitions);
    } catch (error) {
      if (!this.options.onTrouble) throw error;
      // A service starts without its bus: whoever uses the topic makes it when the bus is there.
      this.options.onTrouble(error);
    }
  }

  async publisher(): Promise<Publisher> {
    const publisher = new KafkaPublisher(this.options, this.topics);
    this.publishers.add(publisher);
    return publisher;
  }

  async consume(options: ConsumerOptions): Promise<Consumer> {
    const { sessionTimeoutMs = 10_000, silenceMs = 60_000, onTrouble = () => undefined } = this.options;
    const timing = { sessionTimeoutMs, silenceMs };
    const consumer = new KafkaConsumer({ connection: this.options, topics: this.topics, timing, onTrouble }, options);
    this.consumers.add(consumer);
    return consumer;
  }

  async deadLetters(group: string, limit: number): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    const parked = await this.parkedOf(group);
    for (const letter of parked.all().slice(0, limit)) {
      letters.push(await this.topics.reading(deadLetterTopic(group), (reader) => letterAt(reader, group, letter)));
    }
    return letters;
  }

  async replayDeadLetters(group: string, key?: string): Promise<number> {
    const letters = (await this.parkedOf(group)).all(key);
    if (letters.length > 0) await this.sender.send([replayRecord(group, key, new Date().toISOString())]);
    return letters.length;
  }

  async dropDeadLetter(group: string, place: LetterPlace): Promise<boolean> {
    const id = letterId(place);
    const letter = (await this.parkedOf(group)).all().find((one) => one.id === id);
    if (!letter) return false;
    await this.sender.send([takenRecord(group, id), replayRecord(group, letter.key, new Date().toISOString())]);
    return true;
  }

  async deadLetterCounts(group: string): Promise<DeadLetterCounts> {
    const followed = [...this.consumers].find((consumer) => consumer.group === group && consumer.parked !== null);
    return (followed?.parked ?? (await this.parkedOf(group))).counts;
  }

  /** Reads all that is left of them. */
  private async parkedOf(group: string): Promise<ParkedLetters> {
    const topic = deadLetterTopic(group);
    const parked = new ParkedLetters();
    try {
      await this.topics.reading(topic, (reader) =>
        readAll(reader, (record) => {
          const said = readRecord(record);
          if (said) parked.apply(said);
        }),
      );
    } catch (error) {
      // The first member of the group makes it.
      if (!isUnknownTopic(error)) throw error;
    }
    return parked;
  }

  lag(group: string): Promise<number> {
    return this.topics.lag(group);
  }

  async close(): Promise<void> {
    await Promise.all([...this.consumers].map((consumer) => consumer.stop()));
    await Promise.all([...this.publishers, this.sender].map((publisher) => publisher.close()));
    await this.topics.close();
  }
}
