import type { EventMetadata } from '@cloud-images/contracts';
import type { SqlExecutor } from '../port.js';
import { createHandler, type Handler } from './handler.js';
import { createPostgresEventStore, type PostgresEventStore } from '../postgres/store.js';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';

type Counted = { type: 'Counted'; data: { by: number } };
const metadata: EventMetadata = {
  actor: { user: 'u', project: 'p', roles: ['member'], via: 'gateway' },
  request_id: 'req-1',
  correlation_id: 'req-1',
};

describe('handle, on PostgreSQL', () => {
  let database: LogDatabase;
  const stores: PostgresEventStore[] = [];

  beforeAll(async () => {
    database = await createLogDatabase();
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.drop();
  });

  function replica(): Handler<number, Counted> {
    const store = createPostgresEventStore({ connectionString: database.serviceUrl, applicationName: 'test', max: 5 });
    stores.push(store);
    return createHandler({
      store,
      aggregate: { initial: 0, evolve: (sum: number, event) => sum + event.data.by },
      projections: [],
    });
  }
  const count = (handler: Handler<number, Counted>, stream: string, by = 1) =>
    handler.handle({ stream, metadata, decide: () => [{ type: 'Counted', data: { by } }] });

  it('given commands of two replicas on one stream, then each is applied once and versions have no gap', async () => {
    const [one, two] = [replica(), replica()];
    await Promise.all(Array.from({ length: 200 }, (_, i) => count(i % 2 ? one : two, 'count-a')));
    expect(await one.load('count-a')).toEqual({ state: 200, version: 200 });
    expect(await replica().load('count-a')).toEqual({ state: 200, version: 200 });
  });

  it('given a refusal among commands that wait together, then only that one is refused', async () => {
    const handler = replica();
    const outcomes = await Promise.allSettled([
      count(handler, 'count-b'),
      count(handler, 'count-b'),
      handler.handle({
        stream: 'count-b',
        metadata,
        decide: () => {
          throw new Error('no');
        },
      }),
      count(handler, 'count-b'),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(await handler.load('count-b')).toEqual({ state: 3, version: 3 });
  });

  it('given a stream that is said to be new, then it is not read, and where it is there after all it is decided on', async () => {
    const handler = replica();
    await count(handler, 'count-warm');
    const seen: [state: number, version: number][] = [];
    const begin = (of: Handler<number, Counted>, stream: string) =>
      of.handle({
        stream,
        metadata,
        isNew: true,
        decide: (state, { version, now }) => {
          seen.push([state, version]);
          expect(now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
          return [{ type: 'Counted', data: { by: 1 } }];
        },
      });
    await begin(handler, 'count-new');
    const other = replica();
    await count(other, 'count-warm');
    await begin(other, 'count-new');
    expect(seen).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
    ]);
    expect(await replica().load('count-new')).toEqual({ state: 2, version: 2 });
  });

  it('given a command that decides nothing, then nothing is appended', async () => {
    const handler = replica();
    await count(handler, 'count-c');
    const handled = await handler.handle({ stream: 'count-c', metadata, decide: () => [] });
    expect(handled).toEqual({ state: 1, version: 1, events: [] });
  });

  it('given rows alongside that fail, then neither they nor the events are there', async () => {
    const handler = replica();
    await expect(
      handler.handle({
        stream: 'count-d',
        metadata,
        decide: () => [{ type: 'Counted', data: { by: 1 } }],
        alongside: async (sql) => void (await sql.query('SELECT 1 / 0')),
      }),
    ).rejects.toThrow(/division by zero/);
    expect(await handler.load('count-d')).toEqual({ state: 0, version: 0 });
  });

  it('given statements before the load, then they have run when it decides, and their refusal is that command’s alone', async () => {
    const handler = replica();
    let locked = false;
    const add = (before: (sql: SqlExecutor) => Promise<void>) =>
      handler.handle({
        stream: 'count-f',
        metadata,
        before,
        decide: () => (locked ? [{ type: 'Counted', data: { by: 1 } }] : []),
      });
    const outcomes = await Promise.allSettled([
      add(async (sql) => {
        await sql.query('SELECT pg_advisory_xact_lock_shared(1)');
        locked = true;
      }),
      add(async (sql) => {
        await sql.query('SELECT 1');
        throw new Error('no room');
      }),
      add(async () => undefined),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await handler.load('count-f')).toEqual({ state: 2, version: 2 });
  });

  it('given the database gone at the commit, then the outcome is settled by looking', async () => {
    const handler = replica();
    await count(handler, 'count-e');
    const store = stores.at(-1) as PostgresEventStore;
    const cut = handler.handle({
      stream: 'count-e',
      metadata,
      decide: () => [{ type: 'Counted', data: { by: 1 } }],
      alongside: async (sql) => {
        const { rows } = await sql.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await store.pool.query('SELECT pg_sleep(0)');
        void sql.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      },
    });
    await expect(cut).rejects.toThrow(/not available/);
    expect(await replica().load('count-e')).toEqual({ state: 1, version: 1 });
  });
});
