import { randomUUID } from 'node:crypto';
import { createAppender, type Fact } from './append-facts.js';
import { StoreUnavailable, type EventStore } from './port.js';
import { poolExecutor } from './postgres/pool-executor.js';
import { createPostgresEventStore, type PostgresEventStore } from './postgres/store.js';
import { createLogDatabase, type LogDatabase } from './testing/log-database.js';

const stream = 'security-p';
const fact = (nth: number): Fact => {
  const request_id = `req-${nth}`;
  const actor = { user: 'u', project: 'p', roles: [], via: 'gateway' };
  return {
    event: { type: 'Happened', data: { nth } },
    event_id: randomUUID(),
    metadata: { actor, request_id, correlation_id: request_id },
    context: { request_id, correlation_id: request_id, source_address: '203.0.113.9' },
  };
};

describe('facts behind whatever a stream holds', () => {
  let database: LogDatabase;
  let store: PostgresEventStore;
  beforeEach(async () => {
    database = await createLogDatabase();
    store = createPostgresEventStore({ connectionString: database.serviceUrl, applicationName: 'test', max: 6 });
  });
  afterEach(async () => {
    await store.close();
    await database.drop();
  });
  const appenderOn = (on: EventStore) => createAppender(on, poolExecutor(store.pool));
  const recorded = async () => (await store.readStream(stream)).map(({ data }) => (data as { nth: number }).nth);

  it('given two writers at once, then each fact is there once, without a gap, with the context of its request', async () => {
    const [one, other] = [appenderOn(store), appenderOn(store)];
    await Promise.all(
      Array.from({ length: 20 }, (_, at) => (at % 2 ? one : other).append(stream, [fact(2 * at), fact(2 * at + 1)])),
    );
    const events = await store.readStream(stream);
    expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    expect((await recorded()).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, at) => at));
    for (const { metadata } of events) expect(metadata.context_digest).toMatch(/^[0-9a-f]{64}$/);
    const { rows } = await store.pool.query('SELECT count(*)::integer AS n FROM log.request_contexts');
    expect(rows).toEqual([{ n: 40 }]);
  });

  it('given a try that was recorded and never answered, then the next one adds nothing, whatever came between', async () => {
    let lose = true;
    const losing: EventStore = {
      ...{ readStream: store.readStream.bind(store), readAll: store.readAll.bind(store) },
      transact: async (...args) => {
        const result = await store.transact(...args);
        if (lose) throw new StoreUnavailable('whether it was committed is not known');
        return result;
      },
    };
    const appender = appenderOn(losing);
    const lost = fact(1);
    await expect(appender.append(stream, [lost])).rejects.toThrow(StoreUnavailable);
    lose = false;
    await appender.append(stream, [fact(2)]);
    await appender.append(stream, [lost, fact(3)]);
    await appender.append(stream, [lost]);
    expect(await recorded()).toEqual([1, 2, 3]);
  });

  it('given another writer that wrote much meanwhile, then none of that is loaded', async () => {
    const loaded: number[] = [];
    const counting: EventStore = {
      ...{ readStream: store.readStream.bind(store), readAll: store.readAll.bind(store) },
      transact: (of, work, options) =>
        store.transact(
          of,
          (tx) => {
            const load = tx.load.bind(tx);
            tx.load = async (after) => {
              const found = await load(after);
              loaded.push(found.events.length);
              return found;
            };
            return work(tx);
          },
          options,
        ),
    };
    const [one, other] = [appenderOn(counting), appenderOn(store)];
    await one.append(stream, [fact(1)]);
    for (let nth = 2; nth < 6; nth += 1) await other.append(stream, [fact(nth), fact(nth)]);
    await one.append(stream, [fact(6)]);
    expect(loaded).toEqual([0, 0]);
    expect(await recorded()).toHaveLength(10);
  });
});
