import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { EventMetadata, RecordedEvent } from '@cloud-images/contracts';
import { createHandler, type Handler } from '../handle/handler.js';
import { createInbox, type ForeignProjection, type Inbox } from '../inbox/inbox.js';
import type { Aggregate, RebuildableProjection, SqlExecutor } from '../port.js';
import { createPostgresEventStore, type PostgresEventStore } from '../postgres/store.js';
import { rebuildReadModel, type Rebuilt } from '../rebuild/rebuild.js';
import { createLogDatabase, SERVICE_ROLE, type LogDatabase } from './log-database.js';

type Counted = { type: 'Counted'; data: { by: number } };

/** A sum in one table and again in another: a reader that sees the two apart saw half of a swap. */
const statements = [
  'CREATE TABLE sums (stream text PRIMARY KEY, total integer NOT NULL, version integer NOT NULL)',
  'CREATE TABLE doubles (stream text PRIMARY KEY, total integer NOT NULL)',
  `CREATE TABLE notes (stream text PRIMARY KEY, version integer NOT NULL, event_id text NOT NULL,
    weight bigint NOT NULL DEFAULT ${2 ** 53}, UNIQUE (stream, version))`,
  'CREATE INDEX "the largest" ON sums ((-total), stream) WHERE total > 0',
  'CREATE TRIGGER changed BEFORE UPDATE ON doubles FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
];
const tables = { sums: ['stream'], doubles: ['stream'], notes: ['stream'] };
export const create = async (sql: SqlExecutor) => {
  for (const statement of statements) await sql.query(statement);
};

const aggregate: Aggregate<number, Counted> = { initial: 0, evolve: (sum, event) => sum + event.data.by };
const projection: RebuildableProjection<number, Counted> = {
  name: 'test.sums.v1',
  async apply(sql, { stream, after, version, before }) {
    const known = version > 1 && before > 0;
    const sums = known
      ? 'UPDATE sums SET total = $2, version = $3 WHERE stream = $1'
      : 'INSERT INTO sums (stream, total, version) VALUES ($1, $2, $3)';
    const doubles = known
      ? 'UPDATE doubles SET total = $2 WHERE stream = $1'
      : 'INSERT INTO doubles (stream, total) VALUES ($1, $2)';
    void sql.query(sums, [stream, after, version], known ? 'sums:update' : 'sums:insert');
    void sql.query(doubles, [stream, after * 2], known ? 'doubles:update' : 'doubles:insert');
  },
  async fill(sql, streams) {
    const [names, totals] = [streams.map(({ stream }) => stream), streams.map(({ state }) => state)];
    void sql.query(
      'INSERT INTO sums (stream, total, version) SELECT * FROM unnest($1::text[], $2::integer[], $3::integer[])',
      [names, totals, streams.map(({ version }) => version)],
    );
    void sql.query(
      'INSERT INTO doubles (stream, total) SELECT s, t * 2 FROM unnest($1::text[], $2::integer[]) d (s, t)',
      [names, totals],
    );
  },
};
const foreign: ForeignProjection = {
  name: 'test.notes.v1',
  async apply(sql, { stream, version, event_id }) {
    if (version === 1) void sql.query('DELETE FROM notes WHERE stream = $1', [stream], 'notes:drop');
    void sql.query(
      `INSERT INTO notes (stream, version, event_id) VALUES ($1, $2, $3)
       ON CONFLICT (stream) DO UPDATE SET version = excluded.version, event_id = notes.event_id || excluded.event_id`,
      [stream, version, event_id],
      'notes:put',
    );
  },
};

const metadata: EventMetadata = {
  actor: { user: 'u', project: 'p', roles: ['member'], via: 'gateway' },
  request_id: 'req-1',
  correlation_id: 'req-1',
};

/** A service that counts, with a read model that it writes inline and reads by prepared statements over a pool. */
export class CounterService {
  readonly handler: Handler<number, Counted>;
  readonly inbox: Inbox;
  /** Foreign streams as their owner has them. */
  readonly owned = new Map<string, RecordedEvent[]>();

  private constructor(
    readonly database: LogDatabase,
    readonly owner: pg.Pool,
    readonly store: PostgresEventStore,
  ) {
    this.handler = createHandler({ store, aggregate, projections: [projection], cachedStreams: 10 });
    this.inbox = createInbox({
      pool: store.pool,
      projections: [foreign],
      fetchMissing: async (stream, after) => (this.owned.get(stream) ?? []).filter(({ version }) => version > after),
    });
  }

  static async start(): Promise<CounterService> {
    const database = await createLogDatabase();
    const owner = new pg.Pool({ connectionString: database.ownerUrl, max: 4 });
    await owner.query(`CREATE SCHEMA read_model; SET search_path = read_model; ${statements.join(';')};
      GRANT USAGE ON SCHEMA read_model TO ${SERVICE_ROLE};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA read_model TO ${SERVICE_ROLE}; RESET search_path`);
    const store = createPostgresEventStore({
      connectionString: database.serviceUrl,
      applicationName: 'counter',
      max: 12,
    });
    return new CounterService(database, owner, store);
  }

  async stop(): Promise<void> {
    await Promise.all([this.store.close(), this.owner.end()]);
    await this.database.drop();
  }

  count(stream: string, by = 1) {
    return this.handler.handle({ stream, metadata, decide: () => [{ type: 'Counted', data: { by } }] });
  }

  /** What a client is shown: both tables in one statement. */
  async read(stream: string): Promise<{ total: number; version: number; doubled: number } | undefined> {
    const { rows } = await this.store.pool.query({
      name: 'read_sum',
      text: `SELECT s.total, s.version, d.total AS doubled FROM sums s JOIN doubles d USING (stream) WHERE stream = $1`,
      values: [stream],
    });
    return rows[0];
  }

  async readAll(): Promise<{ streams: number; apart: number }> {
    const { rows } = await this.store.pool.query({
      name: 'read_all_sums',
      text: `SELECT count(*)::int AS streams, (count(*) FILTER (WHERE d.total IS DISTINCT FROM s.total * 2))::int AS apart
               FROM sums s FULL JOIN doubles d USING (stream)`,
    });
    return rows[0];
  }

  /** The next event of a foreign stream, in its owner's log and not yet here. */
  foreignEvent(stream: string): RecordedEvent {
    const known = this.owned.get(stream) ?? [];
    const event: RecordedEvent = {
      type: 'Noted',
      data: {},
      event_id: randomUUID(),
      metadata,
      stream,
      version: known.length + 1,
      schema_version: 1,
      recorded_at: '2026-11-24T00:00:00.000000Z',
      position: '1',
      transaction_id: '1',
    };
    this.owned.set(stream, [...known, event]);
    return event;
  }

  /** Streams of the log alone, as if the read model had been lost. */
  async appendUnprojected(prefix: string, streams: number, eventsEach: number): Promise<void> {
    await this.owner.query(
      `INSERT INTO log.events (stream, version, event_id, type, schema_version, data, metadata, recorded_at)
       SELECT $1 || s, v, gen_random_uuid(), 'Counted', 1, '{"by": 1}', $4, now()
         FROM generate_series(1, $2) s, generate_series(1, $3) v`,
      [prefix, streams, eventsEach, metadata],
    );
  }

  rebuild(swap: boolean, createTables = create, patienceMs = 60_000): Promise<Rebuilt> {
    return rebuildReadModel({
      ownerUrl: this.database.ownerUrl,
      serviceRole: SERVICE_ROLE,
      create: createTables,
      tables,
      aggregate,
      projections: [projection],
      foreignProjections: [foreign],
      swap,
      patienceMs,
    });
  }
}

export const differing = ({ tables }: Rebuilt): number => tables.reduce((sum, table) => sum + table.differing, 0);
