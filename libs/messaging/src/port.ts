/** One message on the bus; for events: CloudEvents 1.0 binary mode (ce_* headers, value = data). */
export interface Message {
  readonly topic: string;
  /** Decides the partition: messages of one key keep their order. */
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Delivery extends Message {
  readonly partition: number;
  /** Decimal text, dense per partition. */
  readonly offset: string;
  /** 1 for the first try. */
  readonly attempt: number;
}

export interface Publisher {
  /** Resolves when every message is durable on the bus (Kafka: acks=all), in order per key. All or error; an error may leave some sent. */
  publish(messages: readonly Message[]): Promise<void>;
  /** Next offset of each partition, decimal texts: an end below what was acked means the topic was wiped or made anew. */
  endOffsets(topic: string): Promise<ReadonlyMap<number, string>>;
  close(): Promise<void>;
}

/** Thrown by a handler for a delivery that can never succeed: parked at once, without retries. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
}

export interface ConsumerOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Effect, inbox and position in one transaction of the handler's own; the runner commits the offset afterwards, so a
   * delivery may come again. A transient error is retried (bounded, with jitter) in place; then, or at once on
   * `PermanentFailure`, the key is parked: this delivery and later ones of the key go to the dead letters, the others move on.
   */
  readonly handle: (delivery: Delivery) => Promise<void>;
  /**
   * Deliveries of one partition in hand at once, each of another key; default 1. For a handler that does much together
   * cheaper than one after the other. More than one may come again after a crash.
   */
  readonly atOnce?: number;
  /**
   * A regular expression that JavaScript and PostgreSQL read alike: a message whose `ce_type` it matches is passed over as if
   * it had been taken. For a group that needs few of a topic; what has no type of ours should not match, so that it is seen.
   */
  readonly passOver?: string;
  readonly retry?: { readonly attempts: number; readonly baseMs: number; readonly maxMs: number };
  /** True for an error that says nothing about the delivery (a database or a service is away): it waits, it is not parked. */
  readonly isOutage?: (error: Error) => boolean;
  readonly onParked?: (delivery: Delivery, cause: Error) => void;
}

export interface Consumer {
  /** Graceful: finishes the delivery in hand, commits, leaves the group. Bounded by `timeoutMs` (default 10 s). */
  stop(timeoutMs?: number): Promise<void>;
}

export interface DeadLetter extends Delivery {
  readonly group: string;
  readonly cause: string;
  readonly parkedAt: string;
}

/** Where a message was that lies aside; with the group, the letter's name. */
export type LetterPlace = Pick<Delivery, 'topic' | 'partition' | 'offset'>;

export interface DeadLetterCounts {
  readonly letters: number;
  /** Parked keys; one that is parked on two topics counts twice. */
  readonly keys: number;
}

/** The bus. Adapters: embedded (PostgreSQL) and Kafka, under one conformance suite. */
export interface MessageBus {
  /** Makes the topic if it is not there; never changes an existing one. */
  ensureTopic(topic: string, partitions: number): Promise<void>;
  publisher(): Promise<Publisher>;
  consume(options: ConsumerOptions): Promise<Consumer>;
  deadLetters(group: string, limit: number): Promise<DeadLetter[]>;
  /** Puts parked deliveries of the group (of one key, if given) back in their order and unparks; returns how many. */
  replayDeadLetters(group: string, key?: string): Promise<number>;
  /**
   * Gives one up for good: the group never gets it, and what else lies aside of its key is delivered again, in order. False
   * when there is no such letter.
   */
  dropDeadLetter(group: string, place: LetterPlace): Promise<boolean>;
  /** Undelivered messages per group, summed over partitions. */
  lag(group: string): Promise<number>;
  /** How much of the group lies aside. Cheap where a consumer of the group runs on this bus. */
  deadLetterCounts(group: string): Promise<DeadLetterCounts>;
  close(): Promise<void>;
}
