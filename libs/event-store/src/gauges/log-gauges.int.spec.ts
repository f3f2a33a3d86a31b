import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewEvent } from '@cloud-images/contracts';
import pg from 'pg';
import { createPostgresEventStore, type PostgresEventStore } from '../postgres/store.js';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { logGauges } from './log-gauges.js';
import { poolGauges } from './pool-gauges.js';

const topic = 'cloud-images.image';
const event = (): NewEvent => ({
  type: 'ImageProtected',
  data: {},
  event_id: randomUUID(),
  metadata: {
    actor: { user: 'u', project: 'p', roles: [], via: 'test' },
    request_id: 'req-1',
    correlation_id: 'req-1',
  },
});

describe('what the log tells of itself', () => {
  let database: LogDatabase;
  let store: PostgresEventStore;
  let owner: pg.Client;

  beforeEach(async () => {
    database = await createLogDatabase();
    store = createPostgresEventStore({ connectionString: database.serviceUrl, applicationName: 'test', max: 3 });
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
  });
  afterEach(async () => {
    await owner.end();
    await store.close();
    await database.drop();
  });

  const append = (stream: string) =>
    store.transact(stream, async (tx) => {
      const { events, now } = await tx.load(0);
      tx.append(events.length, [event()], now);
    });

  /** Transactions of other tests on the same cluster hold the horizon back for a while. */
  async function firstBelowTheHorizon() {
    for (const end = Date.now() + 10_000; Date.now() < end; await sleep(10)) {
      const { events } = await store.readAll(null, 3);
      if (events.length === 3) return events[0]!;
    }
    throw new Error('the horizon is held back for ever');
  }

  it('on an empty log is nothing', async () => {
    const gauges = await logGauges(store.pool, topic).read();
    expect(gauges).toMatchObject({
      cloud_images_log_position: 0,
      cloud_images_relay_number: 0,
      cloud_images_relay_lag_events: 0,
      cloud_images_relay_lag_seconds: 0,
    });
  });

  it('is how many events wait for the relay, and since when', async () => {
    for (const stream of ['image-a', 'image-b', 'image-c']) await append(stream);
    const { transaction_id, position } = await firstBelowTheHorizon();
    await owner.query('INSERT INTO log.relay (topic, transaction_id, position, number) VALUES ($1, $2, $3, 1)', [
      topic,
      transaction_id,
      position,
    ]);
    await sleep(50);
    const gauges = await logGauges(store.pool, topic).read();
    expect(gauges).toMatchObject({
      cloud_images_log_position: 3,
      cloud_images_relay_number: 1,
      cloud_images_relay_lag_events: 2,
    });
    expect(gauges.cloud_images_relay_lag_seconds).toBeGreaterThan(0.05);
    expect(gauges.cloud_images_relay_lag_seconds).toBeLessThan(30);
  });

  it('is how long the horizon has been held back by a transaction of somebody else', async () => {
    const log = logGauges(store.pool, topic);
    await owner.query('BEGIN');
    await owner.query('SELECT pg_current_xact_id()');
    await append('image-a');
    await log.read();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await log.read()).cloud_images_horizon_age_seconds).toBeGreaterThan(0.1);
    await owner.query('ROLLBACK');
  });

  it('reads a few rows, however many lie in the log', async () => {
    await owner.query(
      `INSERT INTO log.events (stream, version, event_id, type, schema_version, data, metadata, recorded_at)
       SELECT 'image-' || n, 1, gen_random_uuid(), 'ImageProtected', 1, '{}', '{}', now() FROM generate_series(1, 20000) AS n`,
    );
    await owner.query('VACUUM ANALYZE log.events');
    await owner.query(
      `INSERT INTO log.relay (topic, transaction_id, position, number)
       SELECT $1, transaction_id, position, 20000 FROM log.events ORDER BY position DESC LIMIT 1`,
      [topic],
    );
    const rowsRead = async (): Promise<number> => {
      const { rows } = await owner.query<{ n: string }>(
        `SELECT t.seq_tup_read + sum(i.idx_tup_read) AS n FROM pg_stat_user_tables t JOIN pg_stat_user_indexes i USING (relid)
          WHERE t.schemaname = 'log' AND t.relname = 'events' GROUP BY t.seq_tup_read`,
      );
      return Number(rows[0]?.n);
    };
    const client = await store.pool.connect();
    // What a session did shows to others once it says so; on a slow machine these rows would be counted below.
    await owner.query('SELECT pg_stat_force_next_flush()');
    const before = await rowsRead();
    expect((await logGauges(client, topic).read()).cloud_images_relay_lag_events).toBe(0);
    await client.query('SELECT pg_stat_force_next_flush()');
    await client.query('SELECT 1');
    client.release();
    expect((await rowsRead()) - before).toBeLessThan(10);
  });

  it('is, of the pool, who uses it and who waits', async () => {
    const clients = await Promise.all([store.pool.connect(), store.pool.connect(), store.pool.connect()]);
    const waiting = store.pool.connect();
    expect(poolGauges(store.pool).read()).toEqual({
      cloud_images_postgres_pool_connections: 3,
      cloud_images_postgres_pool_idle_connections: 0,
      cloud_images_postgres_pool_waiting: 1,
      cloud_images_postgres_pool_max_connections: 3,
    });
    for (const client of clients) client.release();
    (await waiting).release();
  });
});
