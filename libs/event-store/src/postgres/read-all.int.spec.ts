import pg from 'pg';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { endOfLog } from '../testing/support.js';
import { createPostgresEventStore, type PostgresEventStore } from './store.js';

const EVENTS = 20_000;

describe('the end of a long log', () => {
  let database: LogDatabase;
  let store: PostgresEventStore;

  beforeAll(async () => {
    database = await createLogDatabase();
    store = createPostgresEventStore({ connectionString: database.serviceUrl, applicationName: 'test', max: 1 });
    const owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    await owner.query(
      `INSERT INTO log.events (stream, version, event_id, type, schema_version, data, metadata, recorded_at)
       SELECT 'count-' || n, 1, gen_random_uuid(), 'Counted', 1, '{}', '{}', now() FROM generate_series(1, ${EVENTS}) AS n`,
    );
    await owner.end();
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  it('is read without a look at all that came before', async () => {
    await endOfLog(store);
    const all = await store.readAll(null, EVENTS);
    const last = all.events.at(-1)!;
    expect({ count: all.events.length, behind: all.behind }).toEqual({ count: EVENTS, behind: false });
    const before = await tableReads();
    for (let n = 0; n < 10; n += 1) {
      const { events, behind } = await store.readAll(last, 500);
      expect({ count: events.length, behind }).toEqual({ count: 0, behind: false });
    }
    expect(await tableReads()).toBe(before);
  });

  /** Times that the table was read from end to end, as the server counts them. */
  async function tableReads(): Promise<number> {
    await store.pool.query('SELECT pg_stat_force_next_flush()');
    const owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    const { rows } = await owner.query<{ scans: string }>(
      `SELECT seq_scan::text AS scans FROM pg_stat_user_tables WHERE schemaname = 'log' AND relname = 'events'`,
    );
    await owner.end();
    return Number(rows[0]?.scans);
  }
});
