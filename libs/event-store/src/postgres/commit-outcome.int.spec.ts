import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../port.js';
import { CuttingProxy, type Cut } from '../testing/cutting-proxy.js';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { append, appendNext, some, versionsOf } from '../testing/support.js';
import { createPostgresEventStore, type PostgresEventStore } from './store.js';
import type { PostgresStoreOptions } from './pool.js';

describe('a COMMIT without an answer', () => {
  let database: LogDatabase;
  let proxy: CuttingProxy;
  let direct: PostgresEventStore;
  const stores: PostgresEventStore[] = [];
  let streams = 0;

  beforeAll(async () => {
    database = await createLogDatabase();
    proxy = await CuttingProxy.before(database.serviceUrl);
    direct = open(database.serviceUrl);
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await proxy.close();
    await database.drop();
  });

  function open(connectionString: string, options: Partial<PostgresStoreOptions> = {}): PostgresEventStore {
    const store = createPostgresEventStore({ connectionString, applicationName: 'cut', max: 5, ...options });
    stores.push(store);
    return store;
  }
  const stream = () => `cut-${(streams += 1)}`;

  it('given that it happened, then the caller gets his answer, and the event is there once', async () => {
    const name = stream();
    proxy.cutNext('after-commit');
    expect(await append(open(proxy.url), name, 0, some(2))).toHaveLength(2);
    expect(await versionsOf(direct, name)).toEqual([1, 2]);
  });

  it('given that it did not happen, then the caller is told that the store is away, and nothing is there', async () => {
    const name = stream();
    const store = open(proxy.url);
    proxy.cutNext('before-commit');
    await expect(append(store, name, 0, some(1))).rejects.toThrow(StoreUnavailable);
    expect(await versionsOf(direct, name)).toEqual([]);
    await append(store, name, 0, some(1));
    expect(await versionsOf(direct, name)).toEqual([1]);
  });

  it('given one that is still on its way, then what the caller was told stays true when it arrives', async () => {
    const name = stream();
    proxy.cutNext({ commitAfterMs: 3_000 });
    const [outcome] = await Promise.allSettled([append(open(proxy.url), name, 0, some(1))]);
    await sleep(3_500);
    expect(await versionsOf(direct, name)).toEqual(outcome.status === 'fulfilled' ? [1] : []);
  }, 15_000);

  it('given a pool whose only connection was lost, then the outcome is looked up nevertheless', async () => {
    const name = stream();
    proxy.cutNext('after-commit');
    const store = open(proxy.url, { max: 1, connectionTimeoutMs: 1_000 });
    expect(await append(store, name, 0, some(1))).toHaveLength(1);
  }, 15_000);

  it('given a statement that ran out of time, then the answer is certain and the connection goes on', async () => {
    const name = stream();
    const store = open(database.serviceUrl, { max: 1, statementTimeoutMs: 1_000 });
    const pid = async () => (await store.pool.query('SELECT pg_backend_pid() AS pid')).rows[0].pid as number;
    const before = await pid();
    const slow = store.transact(name, async (tx) => {
      tx.append(0, some(1), (await tx.load(0)).now);
      void tx.sql.query('SELECT pg_sleep(5)');
    });
    await expect(slow).rejects.toThrow(StoreUnavailable);
    expect(await pid()).toBe(before);
    expect(await versionsOf(direct, name)).toEqual([]);
  });

  it('given many writers and many cuts, then what was acknowledged is in the log, once, and what was refused is not', async () => {
    const store = open(proxy.url, { max: 4 });
    const cuts: Cut[] = ['after-commit', 'before-commit', { commitAfterMs: 100 }];
    const acknowledged: string[] = [];
    let refused = 0;
    const names = [stream(), stream(), stream()];
    await Promise.all(
      Array.from({ length: 4 }, async (_, writer) => {
        for (let nth = 0; nth < 12; nth += 1) {
          if (nth % 2) proxy.cutNext(cuts[(writer + nth) % 3] as Cut);
          const name = names[(writer + nth) % 3] as string;
          await appendNext(store, name).then(
            ({ event_id }) => void acknowledged.push(event_id),
            (error: unknown) => {
              expect(error).toBeInstanceOf(StoreUnavailable);
              refused += 1;
            },
          );
        }
      }),
    );
    const recorded = (await Promise.all(names.map((name) => direct.readStream(name)))).flat();
    expect(recorded.map(({ event_id }) => event_id).toSorted()).toEqual(acknowledged.toSorted());
    expect(refused).toBeGreaterThan(0);
    expect(acknowledged.length).toBeGreaterThan(24);
  }, 30_000);
});
