import { VersionConflict, type SqlExecutor, type StreamTransaction } from '../port.js';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { append, appendNext, happened, readOn, some, versionsOf } from '../testing/support.js';
import { takeGuardAway, type Breakage } from '../testing/unguarded-log.js';
import { createPostgresEventStore, type PostgresEventStore } from './store.js';

/** Each draws a transaction id before the load, so that events which others append meanwhile have higher ones. */
const drawsTooEarly: Record<string, (sql: SqlExecutor) => Promise<unknown>> = {
  'a write': (sql) => sql.query(`INSERT INTO side VALUES ('write')`),
  'a row lock': (sql) => sql.query(`SELECT FROM side WHERE name = 'row' FOR UPDATE`),
  'a savepoint that was rolled back': async (sql) => {
    void sql.query('SAVEPOINT attempt');
    void sql.query(`INSERT INTO side VALUES ('undone')`);
    await sql.query('ROLLBACK TO SAVEPOINT attempt');
  },
  'a temporary table': (sql) => sql.query('CREATE TEMPORARY TABLE scratch (n integer) ON COMMIT DROP'),
};

describe('the append rule', () => {
  const databases: LogDatabase[] = [];
  const stores: PostgresEventStore[] = [];
  let ours: PostgresEventStore;
  let unguarded: PostgresEventStore;
  let onConflict: PostgresEventStore;
  let streams = 0;

  beforeAll(async () => {
    ours = await open();
    unguarded = await open('no look at transaction ids');
    onConflict = await open('ON CONFLICT round the append');
  }, 30_000);
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await Promise.all(databases.map((database) => database.drop()));
  });

  async function open(without?: Breakage): Promise<PostgresEventStore> {
    const database = await createLogDatabase();
    databases.push(database);
    if (without) await takeGuardAway(database.ownerUrl, without);
    const store = createPostgresEventStore({ connectionString: database.ownerUrl, applicationName: 'rule' });
    stores.push(store);
    await store.pool.query(`CREATE TABLE side (name text)`);
    await store.pool.query(`INSERT INTO side VALUES ('row')`);
    return store;
  }
  const stream = () => `rule-${(streams += 1)}`;

  /** The stream's versions in the order in which every reader of the log gets them. */
  async function readOrder(store: PostgresEventStore, name: string): Promise<number[]> {
    const count = (await versionsOf(store, name)).length;
    const of = <T extends { stream: string }>(events: readonly T[]) => events.filter((event) => event.stream === name);
    return of(await readOn(store, null, (events) => of(events).length === count)).map(({ version }) => version);
  }

  describe.each(Object.keys(drawsTooEarly))('given %s before the load', (how) => {
    /** Ours draws its id; somebody else appends 1 and commits; then we load, see 1, and append 2. */
    const scenario = (store: PostgresEventStore, name: string) =>
      store.transact(name, async (tx) => {
        await drawsTooEarly[how]?.(tx.sql);
        await append(store, name, 0, some(1));
        const { events, now } = await tx.load(0);
        tx.append(events.length, some(1), now);
      });

    it('then without the guard readers get the second event before the first', async () => {
      const name = stream();
      await scenario(unguarded, name);
      expect(await readOrder(unguarded, name)).toEqual([2, 1]);
    });

    it('then the append is refused as a conflict, and in a new transaction it stands in order', async () => {
      const name = stream();
      await expect(scenario(ours, name)).rejects.toThrow(VersionConflict);
      await appendNext(ours, name);
      expect(await readOrder(ours, name)).toEqual([1, 2]);
    });
  });

  describe('given a retry inside the same transaction, behind a savepoint', () => {
    /** A version is taken while we append: we roll back to the savepoint, load again and append behind it. */
    async function scenario(store: PostgresEventStore, name: string): Promise<void> {
      const client = await store.pool.connect();
      const rivals = await holdingFirst(store, name);
      const insert = (expected: number) =>
        client.query('SELECT log.append_events($1, $2, clock_timestamp(), $3)', [name, expected, rows()]);
      try {
        await client.query('BEGIN; SAVEPOINT attempt');
        const first = insert(0);
        first.catch(() => undefined);
        await rivals.untilAwaited();
        await rivals.commit();
        await expect(first).rejects.toMatchObject({ code: '23505' });
        await client.query('ROLLBACK TO SAVEPOINT attempt');
        await append(store, name, 1, some(1));
        await insert(2);
        await client.query('COMMIT');
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    }

    it('then without the guard the order is inverted', async () => {
      const name = stream();
      await scenario(unguarded, name);
      expect(await readOrder(unguarded, name)).toEqual([1, 3, 2]);
    });

    it('then the append is refused with the code that callers take for a conflict', async () => {
      const name = stream();
      await expect(scenario(ours, name)).rejects.toMatchObject({ code: 'CI002' });
      expect(await readOrder(ours, name)).toEqual([1, 2]);
    });
  });

  describe('given ON CONFLICT round the append', () => {
    /** Somebody is just taking the place that we append at. */
    async function scenario(store: PostgresEventStore, name: string): Promise<void> {
      const rivals = await holdingFirst(store, name);
      const appending = append(store, name, 0, some(1));
      appending.catch(() => undefined);
      await rivals.untilAwaited();
      await rivals.commit();
      await appending;
    }

    it('then an event that was acknowledged is not in the log', async () => {
      const name = stream();
      await scenario(onConflict, name);
      expect(await versionsOf(onConflict, name)).toHaveLength(1);
    });

    it('then ours says that there is a conflict', async () => {
      const name = stream();
      await expect(scenario(ours, name)).rejects.toThrow(VersionConflict);
      expect(await versionsOf(ours, name)).toHaveLength(1);
    });
  });

  it('given writers that draw early at random and try again, then each stream is read in its order', async () => {
    const names = [stream(), stream()];
    const hows = Object.values(drawsTooEarly);
    const one = async (nth: number): Promise<void> => {
      const name = names[nth % 2] as string;
      const work = async (tx: StreamTransaction) => {
        if (nth % 3 === 0) await hows[nth % 4]?.(tx.sql);
        const { events, now } = await tx.load(0);
        tx.append(events.length, [happened(nth)], now);
      };
      for (let isDone = false; !isDone;) {
        isDone = await ours.transact(name, work).then(
          () => true,
          (error: unknown) => {
            if (error instanceof VersionConflict) return false;
            throw error;
          },
        );
      }
    };
    await Promise.all(Array.from({ length: 30 }, (_, nth) => one(nth)));
    for (const name of names) expect(await readOrder(ours, name)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
  }, 30_000);

  const rows = () => JSON.stringify(some(1).map((event) => ({ ...event, schema_version: 1 })));

  /** A rival that has appended the first event of the stream and not yet committed. */
  async function holdingFirst(store: PostgresEventStore, name: string) {
    const client = await store.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT log.append_events($1, 0, clock_timestamp(), $2)', [name, rows()]);
    const { rows: pids } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return {
      untilAwaited: async () => {
        const waiting = 'SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))';
        for (let isAwaited = false; !isAwaited;)
          isAwaited = ((await store.pool.query(waiting, [pids[0]?.pid])).rowCount ?? 0) > 0;
      },
      commit: async () => {
        await client.query('COMMIT');
        client.release();
      },
    };
  }
});
