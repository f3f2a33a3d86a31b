import pg from 'pg';
import type {
  Consumer,
  ConsumerOptions,
  DeadLetter,
  DeadLetterCounts,
  LetterPlace,
  MessageBus,
  Publisher,
} from '../port.js';
import { EmbeddedConsumer } from './consumer.js';
import { EmbeddedPublisher } from './publisher.js';

export interface EmbeddedBusOptions {
  readonly connectionString: string;
  readonly applicationName: string;
  /** Connections for publishing and questions; each consumer has one of its own beside them. */
  readonly max?: number;
}

/** The bus in PostgreSQL, for one machine: same port, same conformance suite as Kafka. */
export function createEmbeddedBus(options: EmbeddedBusOptions): MessageBus {
  return new EmbeddedBus(options);
}

class EmbeddedBus implements MessageBus {
  private readonly pool: pg.Pool;
  private readonly consumers = new Set<EmbeddedConsumer>();
  /** Topics that this process made sure of, with their partitions: made again when somebody removes them. */
  private readonly needed = new Map<string, number>();

  constructor(private readonly options: EmbeddedBusOptions) {
    this.pool = new pg.Pool({
      connectionString: options.connectionString,
      application_name: `${options.applicationName} bus`,
      max: options.max ?? 2,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 10_000,
      query_timeout: 15_000,
      idle_in_transaction_session_timeout: 10_000,
      lock_timeout: 5_000,
    });
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  async ensureTopic(topic: string, partitions: number): Promise<void> {
    this.needed.set(topic, partitions);
    await this.remake(topic);
  }

  /** Does nothing where the topic is there, or not needed. */
  private async remake(topic: string): Promise<void> {
    const partitions = this.needed.get(topic);
    if (partitions === undefined) return;
    await this.pool.query(
      `INSERT INTO bus.partitions (topic, partition)
       SELECT $1, n FROM generate_series(0, $2 - 1) AS n
        WHERE NOT EXISTS (SELECT 1 FROM bus.partitions WHERE topic = $1) ON CONFLICT DO NOTHING`,
      [topic, partitions],
    );
  }

  async publisher(): Promise<Publisher> {
    return new EmbeddedPublisher(this.pool, (topic) => this.remake(topic));
  }

  async consume(options: ConsumerOptions): Promise<Consumer> {
    const consumer = new EmbeddedConsumer(this.options, options, (topic) => this.remake(topic));
    this.consumers.add(consumer);
    return {
      stop: async (timeoutMs) => {
        this.consumers.delete(consumer);
        await consumer.stop(timeoutMs);
      },
    };
  }

  async deadLetters(group: string, limit: number): Promise<DeadLetter[]> {
    const { rows } = await this.pool.query<DeadLetter>(
      `SELECT group_name AS group, topic, partition, "offset"::text AS offset, key, value, headers, attempt, cause,
              to_char(parked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "parkedAt"
         FROM bus.dead_letters WHERE group_name = $1 ORDER BY topic, partition, bus.dead_letters."offset" LIMIT $2`,
      [group, limit],
    );
    return rows;
  }

  /** Asks the members of the group, who alone may deliver: they do it within a heartbeat. */
  async replayDeadLetters(group: string, key?: string): Promise<number> {
    const { rows } = await this.pool.query<{ letters: string }>(
      `WITH asked AS (
         UPDATE bus.parked_keys SET replay = true WHERE group_name = $1 AND ($2::text IS NULL OR key = $2)
         RETURNING topic, partition, key)
       SELECT count(*)::text AS letters FROM bus.dead_letters d JOIN asked a USING (topic, partition, key)
        WHERE d.group_name = $1`,
      [group, key ?? null],
    );
    return Number(rows[0]?.letters ?? 0);
  }

  async dropDeadLetter(group: string, { topic, partition, offset }: LetterPlace): Promise<boolean> {
    // A member that delivers the letters of the key at this moment may put it back.
    const { rowCount } = await this.pool.query(
      `WITH gone AS (
         DELETE FROM bus.dead_letters WHERE group_name = $1 AND topic = $2 AND partition = $3 AND "offset" = $4
         RETURNING key),
       asked AS (
         UPDATE bus.parked_keys p SET replay = true FROM gone
          WHERE p.group_name = $1 AND p.topic = $2 AND p.partition = $3 AND p.key = gone.key)
       SELECT FROM gone`,
      [group, topic, partition, offset],
    );
    return rowCount === 1;
  }

  async lag(group: string): Promise<number> {
    const { rows } = await this.pool.query<{ lag: string }>(
      `SELECT coalesce(sum(greatest(p.next_offset - o.next_offset, 0)), 0)::text AS lag
         FROM bus.offsets o JOIN bus.partitions p USING (topic, partition) WHERE o.group_name = $1`,
      [group],
    );
    return Number(rows[0]?.lag ?? 0);
  }

  async deadLetterCounts(group: string): Promise<DeadLetterCounts> {
    const { rows } = await this.pool.query<{ letters: string; keys: string }>(
      `SELECT (SELECT count(*) FROM bus.dead_letters WHERE group_name = $1)::text AS letters,
              (SELECT count(*) FROM bus.parked_keys WHERE group_name = $1)::text AS keys`,
      [group],
    );
    return { letters: Number(rows[0]?.letters ?? 0), keys: Number(rows[0]?.keys ?? 0) };
  }

  async close(): Promise<void> {
    await Promise.all([...this.consumers].map((consumer) => consumer.stop()));
    this.consumers.clear();
    await this.pool.end();
  }
}
