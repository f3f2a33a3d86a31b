import { randomUUID } from 'node:crypto';
import { logReader, type LogPage } from './log-page.js';
import { createPostgresEventStore, type PostgresEventStore } from './postgres/store.js';
import { createLogDatabase, type LogDatabase } from './testing/log-database.js';
import { appendNext, readOn } from './testing/support.js';

describe('a log for subscribers, on PostgreSQL', () => {
  let database: LogDatabase;
  let store: PostgresEventStore;
  let read: (query: { after?: unknown; limit?: unknown }) => Promise<LogPage>;

  beforeAll(async () => {
    database = await createLogDatabase();
    store = createPostgresEventStore({ connectionString: database.serviceUrl, applicationName: 'log page' });
    read = logReader(store.pool, 'a topic');
    const streams = [randomUUID(), randomUUID(), randomUUID()].map((id) => `image-${id}`);
    await Promise.all(
      streams.map(async (stream) => {
        for (let nth = 0; nth < 10; nth += 1) await appendNext(store, stream);
      }),
    );
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  it('given pages of any size, then together they are the log in the order of reading', async () => {
    const all = await readOn(store, null, (events) => events.length === 30);
    const found: LogPage['events'][number][] = [];
    for (let after: string | undefined; found.length < 30;) {
      const { events } = await read({ limit: '7', ...(after === undefined ? {} : { after }) });
      found.push(...events);
      const last = events.at(-1);
      if (!last) throw new Error(`the log ended after ${found.length}`);
      after = `${last.transaction_id}.${last.position}`;
    }
    expect(found).toEqual(all);
  });

  it('given no events wanted, then it says which log it is and how many of its events are on the bus', async () => {
    await store.pool.query(`INSERT INTO log.relay (topic, number) VALUES ('a topic', 12)`);
    const { rows } = await store.pool.query<{ log_id: string }>('SELECT log_id FROM log.identity');
    expect(await read({ limit: '0' })).toEqual({ log_id: rows[0]?.log_id, relayed: 12, events: [] });
  });

  it.each([[{ after: '1' }], [{ after: 'x.1' }], [{ limit: '-1' }], [{ limit: 'all' }]])(
    'refuses %j',
    async (query) => {
      await expect(read(query)).rejects.toMatchObject({ code: 'bad-request' });
    },
  );
});
