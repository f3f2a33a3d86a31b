import type pg from 'pg';
import type { ConsumerOptions, Delivery } from '../port.js';
import { deliver, Interrupted } from '../deliver.js';
import { takeInKeyOrder } from '../key-order.js';
import { DeadLetters } from './dead-letters.js';
import type { News, Place, Places } from './places.js';

/** One partition while it is this member's: deliveries, those of a key one after the other, then the offset. */
export class OwnedPartition {
  readonly name: string;
  private current: Promise<void> | null = null;
  private stopped = false;
  private readonly replays = new Set<string>();
  private readonly deadLetters: DeadLetters;
  /** The offset as the bus has it; behind `place` by messages that were passed over. */
  private saved: bigint;

  constructor(
    client: pg.Client,
    private readonly places: Places,
    private readonly options: ConsumerOptions,
    private at: Place,
  ) {
    const { topic, partition } = at;
    this.name = `${topic} ${partition}`;
    this.saved = at.next;
    this.deadLetters = new DeadLetters(client, options, topic, partition);
  }

  get busy(): boolean {
    return this.current !== null;
  }

  get isReplaying(): boolean {
    return this.replays.size > 0;
  }

  get place(): Place {
    return this.at;
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

  /** Takes what was found at its place; errors of the session end it, and the session's loop meets them too. */
  work(news: News | undefined): void {
    if (this.stopped) return;
    this.current = this.take(news)
      .catch(() => undefined)
      .finally(() => (this.current = null));
  }

  private async take(news: News | undefined): Promise<void> {
    const isThere = news !== undefined && (await this.standsIn(news));
    for (const key of this.replays) {
      await this.deadLetters.replay(key, () => this.stopped);
      this.replays.delete(key);
    }
    if (isThere && news.next > this.at.next) await this.takeAll(news);
  }

  private async takeAll({ deliveries, next: end }: News): Promise<void> {
    const parked = deliveries.length === 0 ? new Set<string>() : await this.deadLetters.parkedKeys();
    const { atOnce = 1 } = this.options;
    let { next } = this.at;
    try {
      let at = 0;
      for (; at < deliveries.length && !this.stopped; at += atOnce) {
        const some = deliveries.slice(at, at + atOnce);
        const { done, error } = await takeInKeyOrder(some, (delivery) => this.one(delivery, parked));
        const last = some[done - 1];
        if (last) next = BigInt(last.offset) + 1n;
        if (error !== null) throw error;
      }
      if (at >= deliveries.length) next = end;
    } finally {
      const place = { ...this.at, next };
      if (deliveries.length > 0 && next !== this.at.next) await this.commit(place);
      else this.at = place;
    }
  }

  /** What was only passed over is not worth a commit of its own. To be called now and then, while it is not busy. */
  async save(): Promise<void> {
    if (this.saved !== this.at.next) await this.commit(this.at);
  }

  /**
   * False when its place was not in this making of the partition, and is now: a topic that was wiped or made anew, and what
   * it has is new to this group.
   */
  private async standsIn({ end, made }: News): Promise<boolean> {
    const { at } = this;
    if (at.made === made && end >= at.next) return true;
    await this.commit({ ...at, next: at.made === null && end >= at.next ? at.next : 0n, made });
    return false;
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
    this.at = place;
    this.saved = place.next;
  }
}
