import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Consumer, ConsumerOptions } from '../port.js';
import type { EmbeddedBusOptions } from './bus.js';
import { Membership } from './membership.js';

const BUSY_MS = 10;
const IDLE_MS = 250;
/** After the last delivery: one that follows soon must not wait as on a bus at rest. */
const LINGER_MS = 1_000;
const HEARTBEAT_MS = 1_000;

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
      await this.consume(client, membership, healthy);
      await membership.leave();
    } finally {
      await Promise.all([...membership.owned.values()].map((partition) => partition.finished()));
      await client.end().catch(() => undefined);
    }
  }

  private async consume(client: pg.Client, membership: Membership, healthy: () => void): Promise<void> {
    let wait = BUSY_MS;
    let active = Date.now();
    for (let beat = 0; !this.stopping.signal.aborted;) {
      if (Date.now() - beat >= HEARTBEAT_MS) {
        await membership.beat();
        beat = Date.now();
        healthy();
      }
      if (await this.poll(client, membership)) active = Date.now();
      wait = Date.now() - active < LINGER_MS ? BUSY_MS : Math.min(wait * 2, IDLE_MS);
      await this.pause(wait);
    }
    for (const partition of membership.owned.values()) partition.stop();
    await Promise.all([...membership.owned.values()].map((partition) => partition.finished()));
  }

  /** Starts every idle partition that has something to do; a slow one holds up nobody else. */
  private async poll(client: pg.Client, membership: Membership): Promise<boolean> {
    const idle = [...membership.owned.values()].filter((partition) => !partition.busy);
    if (idle.length === 0) return membership.owned.size > 0;
    const { rows } = await client.query<{ topic: string; partition: number; next: string; made: string }>({
      name: 'heads',
      text: 'SELECT topic, partition, next_offset::text AS next, made::text AS made FROM bus.partitions WHERE topic = ANY ($1)',
      values: [this.options.topics],
    });
    const heads = new Map(
      rows.map(({ topic, partition, next, made }) => [`${topic} ${partition}`, { end: BigInt(next), made }]),
    );
    let started = false;
    for (const partition of idle) {
      const head = heads.get(partition.name);
      // The topic is gone: whoever needs it makes it again.
      if (!head || !partition.hasWork(head)) continue;
      partition.work(head);
      started = true;
    }
    return started;
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
