import type pg from 'pg';
import type { ConsumerOptions, Delivery } from '../port.js';
import { deliver, Interrupted } from '../deliver.js';
import { takeInKeyOrder } from '../key-order.js';
import { DeadLetters } from './dead-letters.js';
import type { Place, Places } from './places.js';

/** Where a partition ends. */
export interface Head {
  readonly end: bigint;
  readonly made: string;
}

/** One partition while it is this member's: deliveries, those of a key one after the other, then the offset. */
export class OwnedPartition {
  readonly name: string;
  private current: Promise<void> | null = null;
  private stopped = false;
  private readonly replays = new Set<string>();
  private readonly deadLetters: DeadLetters;

  constructor(
    client: pg.Client,
    private readonly places: Places,
    private readonly options: ConsumerOptions,
    private place: Place,
  ) {
    const { topic, partition } = place;
    this.name = `${topic} ${partition}`;
    this.deadLetters = new DeadLetters(client, options, topic, partition);
  }

  get busy(): boolean {
    return this.current !== null;
  }

  hasWork({ end, made }: Head): boolean {
    const { place } = this;
    return !this.stopped && (place.next !== end || place.made !== made || this.replays.size > 0);
  }

  replay(key: string): void {
    this.replays.add(key);
  }

  stop(): void {
    this.stopped = true;
  }

  async finished(): Promise<void> {
    await this.current;
  }

  /** Takes the next chunk; errors of the session end it, and the session's loop meets them too. */
  work(head: Head): void {
    this.current = this.chunk(head)
      .catch(() => undefined)
      .finally(() => (this.current = null));
  }

  private async chunk(head: Head): Promise<void> {
    await this.standIn(head);
    for (const key of this.replays) {
      await this.deadLetters.replay(key, () => this.stopped);
      this.replays.delete(key);
    }
    const deliveries = await this.places.read(this.place);
    if (deliveries.length === 0) return;
    const parked = await this.deadLetters.parkedKeys();
    const { atOnce = 1 } = this.options;
    let { next } = this.place;
    try {
      for (let at = 0; at < deliveries.length && !this.stopped; at += atOnce) {
        const some = deliveries.slice(at, at + atOnce);
        const { done, error } = await takeInKeyOrder(some, (delivery) => this.one(delivery, parked));
        const last = some[done - 1];
        if (last) next = BigInt(last.offset) + 1n;
        if (error !== null) throw error;
      }
    } finally {
      if (next !== this.place.next) await this.commit({ ...this.place, next });
    }
  }

  /** A topic that was wiped or made anew: what it has now is new to this group. */
  private async standIn({ end, made }: Head): Promise<void> {
    const { place } = this;
    const isAnother = end < place.next || (place.made !== null && place.made !== made);
    if (isAnother) await this.commit({ ...place, next: 0n, made });
    else if (place.made === null) await this.commit({ ...place, made });
  }

  private async one(delivery: Delivery, parked: ReadonlySet<string>): Promise<void> {
    if (this.stopped) throw new Interrupted('stopped before it was taken');
    if (parked.has(delivery.key)) {
      await this.deadLetters.add(delivery, 'an earlier message of this key is parked');
      return;
    }
    const failure = await deliver(delivery, this.options, () => this.stopped);
    if (failure === null) return;
    await this.deadLetters.park({ ...delivery, attempt: failure.attempts }, failure.cause.message);
    this.options.onParked?.(delivery, failure.cause);
  }

  private async commit(place: Place): Promise<void> {
    await this.places.commit(place);
    this.place = place;
  }
}
