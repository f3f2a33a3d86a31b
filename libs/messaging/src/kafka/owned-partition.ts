import { channel } from 'node:diagnostics_channel';
import type { KafkaMessage } from 'kafkajs';
import { deliver, Interrupted } from '../deliver.js';
import { takeInKeyOrder } from '../key-order.js';
import type { ConsumerOptions, Delivery } from '../port.js';
import type { DeadLetters } from './dead-letters.js';
import type { Start } from './places.js';
import { headersOf, textOf } from './topic-reader.js';

const COMMIT_EVERY = 100;
const delivered = channel('cloud-images:delivery.done');

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** What a partition needs of the session that owns it. */
export interface Owner {
  readonly options: ConsumerOptions;
  readonly letters: DeadLetters;
  /** Before the first delivery: the last one of an earlier owner in this process has ended, the place is right. */
  ready(partition: OwnedPartition): Promise<void>;
  /** False when it could not be committed; it is tried again. */
  commit(partition: OwnedPartition): Promise<boolean>;
  /** Throws when the group has not heard of this member for so long that the partition may be another's. */
  assertMember(): void;
  failed(error: unknown): void;
}

/**
 * One partition while it is this member's: deliveries, those of a key one after the other, then the offset. Work queues up
 * in `tail`.
 */
export class OwnedPartition {
  readonly name: string;
  /** The next offset to be taken, once that is known; and the event id before it, if it had one. */
  next: string | null = null;
  lastEventId = '';
  committed: string | null = null;
  private revoked = false;
  private tail: Promise<void>;
  private seenLetters = -1;
  private replayQueued = false;
  private readonly passOver: RegExp | null;
  /** Counts the places that were left: what was fetched for an earlier one is dropped. */
  private started = 0;

  constructor(
    private readonly owner: Owner,
    readonly place: Place,
  ) {
    this.name = `${place.topic} ${place.partition}`;
    this.passOver = owner.options.passOver === undefined ? null : new RegExp(owner.options.passOver);
    this.tail = this.settled(() => owner.ready(this));
  }

  /** Nothing is delivered any more, but what is in hand. */
  revoke(): void {
    this.revoked = true;
  }

  get isRevoked(): boolean {
    return this.revoked;
  }

  /** Resolves when everything that was given so far is done, or dropped. */
  finished(): Promise<void> {
    return this.tail;
  }

  /** Where it begins; a fresh start is elsewhere than what was fetched so far. */
  startAt({ at, eventId, fresh }: Start): void {
    this.next = at;
    this.lastEventId = eventId;
    if (fresh) this.started += 1;
    else this.committed = at;
  }

  take(messages: readonly KafkaMessage[]): Promise<void> {
    const { started } = this;
    return this.queue(async () => {
      if (started === this.started) await this.deliverAll(messages);
    });
  }

  /** The dead letters changed: perhaps somebody wants some of them back. */
  lettersChanged(): void {
    if (this.replayQueued) return;
    this.replayQueued = true;
    void this.queue(() => {
      this.replayQueued = false;
      return this.replay();
    });
  }

  private queue(work: () => Promise<void>): Promise<void> {
    this.tail = this.tail.then(() => this.settled(work));
    return this.tail;
  }

  /** An error here is of the bus, never of a handler: the session can't go on. */
  private async settled(work: () => Promise<void>): Promise<void> {
    if (this.revoked) return;
    try {
      await work();
    } catch (error) {
      if (error instanceof Interrupted) return;
      this.revoked = true;
      this.owner.failed(error);
    }
  }

  private async deliverAll(messages: readonly KafkaMessage[]): Promise<void> {
    const { atOnce = 1 } = this.owner.options;
    let since = 0;
    try {
      for (let at = 0; at < messages.length; at += atOnce) {
        await this.replay();
        if (this.revoked) return;
        const some = messages.slice(at, at + atOnce);
        const { done, error } = await takeInKeyOrder(
          some.map((message) => this.deliveryOf(message)),
          (delivery) => this.one(delivery),
        );
        since += done;
        this.passed(some[done - 1]);
        if (error !== null) throw error;
        if (since >= COMMIT_EVERY) {
          since = 0;
          await this.owner.commit(this);
        }
      }
    } finally {
      if (since > 0) await this.owner.commit(this);
    }
  }

  private passed(message: KafkaMessage | undefined): void {
    if (message === undefined) return;
    this.next = String(BigInt(message.offset) + 1n);
    this.lastEventId = textOf(message.headers?.['ce_id'] as Buffer | undefined);
  }

  private async one(delivery: Delivery): Promise<void> {
    const { letters, options } = this.owner;
    if (this.revoked) throw new Interrupted('the partition is another member’s now');
    this.owner.assertMember();
    if (this.passOver?.test(delivery.headers['ce_type'] ?? '')) return delivered.publish(undefined);
    if (letters.parked.isParked(delivery.topic, delivery.partition, delivery.key)) {
      await letters.park(delivery, 'an earlier message of this key is parked');
      return delivered.publish(undefined);
    }
    const failure = await deliver(delivery, options, () => this.revoked);
    if (failure === null) return delivered.publish(undefined);
    if (this.revoked) throw new Interrupted('the partition is another member’s now');
    await letters.park({ ...delivery, attempt: failure.attempts }, failure.cause.message);
    options.onParked?.(delivery, failure.cause);
    delivered.publish(undefined);
  }

  private async replay(): Promise<void> {
    const { parked } = this.owner.letters;
    if (parked.version === this.seenLetters) return;
    const version = parked.version;
    const { topic, partition } = this.place;
    for (const key of parked.wanted(topic, partition)) await this.replayKey(key);
    this.seenLetters = version;
  }

  /** Delivers the letters of a key in their order; the first that fails again leaves it and the rest parked. */
  private async replayKey(key: string): Promise<void> {
    const { letters, options } = this.owner;
    for (const parked of letters.parked.lettersOf(this.place.topic, this.place.partition, key)) {
      if (this.revoked) return;
      const { group: _, cause: __, parkedAt: ___, ...letter } = await letters.read(parked);
      const failure = await deliver({ ...letter, attempt: 1 }, options, () => this.revoked);
      if (failure !== null) {
        await letters.park({ ...letter, attempt: letter.attempt + failure.attempts }, failure.cause.message);
        options.onParked?.(letter, failure.cause);
        return;
      }
      await letters.taken(parked);
    }
  }

  private deliveryOf(message: KafkaMessage): Delivery {
    return {
      ...this.place,
      offset: message.offset,
      key: textOf(message.key),
      value: textOf(message.value),
      headers: headersOf({ headers: message.headers ?? {} }),
      attempt: 1,
    };
  }
}
