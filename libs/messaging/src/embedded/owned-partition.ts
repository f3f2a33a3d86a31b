import type pg from 'pg';
import type { ConsumerOptions, Delivery } from '../port.js';
import { deliver } from '../deliver.js';
import { DeadLetters } from './dead-letters.js';
import type { Places } from './places.js';

/** One partition while it is this member's: deliveries one after the other, then the offset. */
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
    private readonly topic: string,
    private readonly partition: number,
    private next: bigint,
  ) {
    this.name = `${topic} ${partition}`;
    this.deadLetters = new DeadLetters(client, options, topic, partition);
  }

  get busy(): boolean {
    return this.current !== null;
  }

  hasWork(end: bigint): boolean {
    return !this.stopped && (this.next !== end || this.replays.size > 0);
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
  work(end: bigint): void {
    this.current = this.chunk(end)
      .catch(() => undefined)
      .finally(() => (this.current = null));
  }

  private async chunk(end: bigint): Promise<void> {
    // The topic was wiped or made anew: what it has now is new to this group.
    if (end < this.next) await this.commit(0n);
    for (const key of this.replays) {
      await this.deadLetters.replay(key, () => this.stopped);
      this.replays.delete(key);
    }
    const { topic, partition, next: from } = this;
    const deliveries = await this.places.read({ topic, partition, next: from });
    if (deliveries.length === 0) return;
    const parked = await this.deadLetters.parkedKeys();
    let next = this.next;
    try {
      for (const delivery of deliveries) {
        if (this.stopped) break;
        if (parked.has(delivery.key)) await this.deadLetters.add(delivery, 'an earlier message of this key is parked');
        else await this.one(delivery);
        next = BigInt(delivery.offset) + 1n;
      }
    } finally {
      if (next !== this.next) await this.commit(next);
    }
  }

  private async one(delivery: Delivery): Promise<void> {
    const failure = await deliver(delivery, this.options, () => this.stopped);
    if (failure === null) return;
    await this.deadLetters.park({ ...delivery, attempt: failure.attempts }, failure.cause.message);
    this.options.onParked?.(delivery, failure.cause);
  }

  private async commit(next: bigint): Promise<void> {
    const { topic, partition } = this;
    await this.places.commit({ topic, partition, next });
    this.next = next;
  }
}
