import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetter, Delivery } from '../port.js';
import type { KafkaConnectionOptions } from './connection.js';
import { deadLetterTopic, letterAt, letterRecord, readRecord, takenRecord } from './dead-letter-records.js';
import { ParkedLetters, type ParkedLetter } from './parked-letters.js';
import { Sender, type Outgoing } from './sender.js';
import { readAll, TopicReader, type KafkaRecord } from './topic-reader.js';
import type { Topics } from './topics.js';

const POLL_MS = 1_000;
const SEEN_WITHIN_MS = 10_000;

/**
 * The dead letters of a group as a member of it sees them: read from the beginning, then followed. What this member
 * writes counts when it comes back, so that all members see the same in the same order.
 */
export class DeadLetters {
  readonly parked = new ParkedLetters();
  private readonly topic: string;
  private readonly sender: Sender;
  private next = 0n;
  private closed = false;

  private constructor(
    private readonly group: string,
    private readonly reader: TopicReader,
    private readonly topics: Topics,
    connection: KafkaConnectionOptions,
  ) {
    this.topic = deadLetterTopic(group);
    this.sender = new Sender(connection);
  }

  /** Reads what there is. */
  static async open(group: string, topics: Topics, connection: KafkaConnectionOptions): Promise<DeadLetters> {
    await topics.ensureCompacted(deadLetterTopic(group));
    const letters = new DeadLetters(
      group,
      await TopicReader.open(connection, deadLetterTopic(group)),
      topics,
      connection,
    );
    try {
      await readAll(letters.reader, (record) => letters.take(record));
      return letters;
    } catch (error) {
      await letters.close();
      throw error;
    }
  }

  /** Ends with `close`, or with an error. */
  async follow(changed: () => void): Promise<void> {
    while (!this.closed) {
      try {
        if (await this.readOn(POLL_MS)) changed();
      } catch (error) {
        if (!this.closed) throw error;
      }
    }
  }

  private async readOn(maxWaitMs: number): Promise<boolean> {
    const records = await this.reader.read(0, this.next, maxWaitMs);
    for (const record of records) this.take(record);
    return records.length > 0;
  }

  private take(record: KafkaRecord): void {
    const said = readRecord(record);
    if (said) this.parked.apply(said);
    this.next = BigInt(record.offset) + 1n;
  }

  async park(delivery: Delivery, cause: string): Promise<void> {
    await this.write(letterRecord({ ...delivery, group: this.group, cause, parkedAt: new Date().toISOString() }));
  }

  async taken({ id }: ParkedLetter): Promise<void> {
    await this.write(takenRecord(this.group, id));
  }

  private async write(record: Outgoing): Promise<void> {
    const [written] = await this.sender.send([record]);
    await this.seen(BigInt(written?.baseOffset ?? '0') + 1n);
  }

  /** Waits until everything is read that others wrote before this was called. */
  async caughtUp(): Promise<void> {
    await this.seen(BigInt((await this.topics.ends(this.topic)).get(0) ?? '0'));
  }

  private async seen(end: bigint): Promise<void> {
    for (const deadline = Date.now() + SEEN_WITHIN_MS; this.next < end; await sleep(2)) {
      if (this.closed || Date.now() > deadline) throw new Error(`${this.topic} can't be followed`);
    }
  }

  /** Not by the reader that follows: it holds its connection while it waits. */
  read(letter: ParkedLetter): Promise<DeadLetter> {
    return this.topics.reading(this.topic, (reader) => letterAt(reader, this.group, letter));
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([this.sender.close(), this.reader.close()]);
  }
}
