import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PollPace } from '@cloud-images/contracts';
import pg from 'pg';
import type { Consumer, ConsumerOptions } from '../port.js';
import type { EmbeddedBusOptions } from './bus.js';
import { Membership } from './membership.js';
import { CHUNK } from './places.js';

const HEARTBEAT_MS = 1_000;

/** What a look has found. */
interface Seen {
  /** Messages. */
  count: number;
  /** There is more than what it has found, or may be. */
  isMore: boolean;
  /** Something is in hand. */
  isBusy: boolean;
}

/**
 * One member of a group. Everything goes over one session, whose advisory locks say which partitions are its own: when
 * the session dies, so does the ownership, and a commit of the old owner fails with it.
 */
export class EmbeddedConsumer implements Consumer {
  private readonly memberId = randomUUID();
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(
    private readonly bus: EmbeddedBusOptions,
    private readonly options: ConsumerOptions,
    private readonly remake: (topic: string) => Promise<void>,
  ) {
    this.running = this.run();
  }

  async stop(timeoutMs = 10_000): Promise<void> {
    this.stopping.abort();
    await Promise.race([this.running, sleep(timeoutMs, undefined, { ref: false })]);
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted;) {
      try {
        await this.session(() => (failures = 0));
      } catch {
        failures += 1;
        await this.pause(Math.min(50 * 2 ** failures, 3_000) * (0.5 + Math.random()));
      }
    }
  }

  private async session(healthy: () => void): Promise<void> {
    const client = new pg.Client({
      connectionString: this.bus.connectionString,
      application_name: `${this.bus.applicationName} consumer ${this.options.group}`,
      // The partitions use the session at the same time.
      pipeline: true,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 10_000,
      query_timeout: 15_000,
      idle_in_transaction_session_timeout: 10_000,
      lock_timeout: 5_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    const membership = new Membership(client, this.options, this.memberId);
    try {
      for (const topic of this.options.topics) await this.remake(topic);
      await membership.join();
      await this.consume(membership, healthy);
      await membership.leave();
    } finally {
      await Promise.all([...membership.owned.values()].map((partition) => partition.finished()));
      await client.end().catch(() => undefined);
    }
  }

  private async consume(membership: Membership, healthy: () => void): Promise<void> {
    const pace = new PollPace();
    for (let beat = 0; !this.stopping.signal.aborted;) {
      if (Date.now() - beat >= HEARTBEAT_MS) {
        await membership.beat();
        beat = Date.now();
        healthy();
      }
      const { count, isMore, isBusy } = await this.poll(membership);
      // Who is behind has no reason to wait for more.
      await this.pause(pace.next(isMore ? 0 : count, isMore || isBusy));
    }
    for (const partition of membership.owned.values()) partition.stop();
    await Promise.all([...membership.owned.values()].map((partition) => partition.finished()));
  }

  /** Starts every idle partition that has something to do; a slow one holds up nobody else. */
  private async poll({ owned, places }: Membership): Promise<Seen> {
    const idle = [...owned.values()].filter((partition) => !partition.busy);
    const seen = { count: 0, isMore: false, isBusy: idle.length < owned.size };
    if (idle.length === 0) return seen;
    const found = await places.look(idle.map(({ place }) => place));
    idle.forEach((partition, nth) => {
      const news = found[nth];
      if (news === undefined && !partition.isReplaying) return;
      const count = news === undefined ? 0 : Number(news.next - partition.place.next);
      seen.count += count;
      if (count === 0 || count >= CHUNK) seen.isMore = true;
      seen.isBusy = true;
      partition.work(news);
    });
    return seen;
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
