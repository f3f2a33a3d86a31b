import type { PoolClient } from 'pg';
import type { LogPosition } from '../port.js';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { append, endOfLog, readOn, some, versionsOf } from '../testing/support.js';
import { createPostgresEventStore, type PostgresEventStore } from './store.js';

describe('the read rule', () => {
  let database: LogDatabase;
  let store: PostgresEventStore;
  let start: LogPosition | null;
  let streams = 0;

  beforeAll(async () => {
    database = await createLogDatabase();
    store = createPostgresEventStore({ connectionString: database.ownerUrl, applicationName: 'read', max: 20 });
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });
  beforeEach(async () => {
    start = await endOfLog(store);
  });

  const stream = () => `read-${(streams += 1)}`;

  /** A writer that has appended and not yet ended: it holds a position and a transaction id. */
  async function slowWriter(name: string): Promise<{ end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> }> {
    const client = await store.pool.connect();
    await client.query('BEGIN');
    await appendBy(client, name);
    return {
      end: async (how) => {
        await client.query(how);
        client.release();
      },
    };
  }
  const appendBy = (client: Pick<PoolClient, 'query'>, name: string) => {
    const rows = JSON.stringify(some(1).map((event) => ({ ...event, schema_version: 1 })));
    return client.query('SELECT log.append_events($1, 0, clock_timestamp(), $2)', [name, rows]);
  };
  const names = (events: readonly { stream: string }[]) => events.map((event) => event.stream);

  /** Each takes the next page in a way that looks right, and says where it got to. */
  type Reader = (after: LogPosition | null) => Promise<{ stream: string; transaction_id: string; position: string }[]>;
  const columns = 'stream, transaction_id::text AS transaction_id, position::text AS position';
  const byPosition: Reader = async (after) =>
    (
      await store.pool.query(`SELECT ${columns} FROM log.events e WHERE e.position > $1 ORDER BY e.position`, [
        after?.position ?? '0',
      ])
    ).rows;
  const place = (after: LogPosition | null) => [after?.transaction_id ?? '0', after?.position ?? '0'];
  const withoutHorizon: Reader = async (after) =>
    (
      await store.pool.query(
        `SELECT ${columns} FROM log.events e WHERE (e.transaction_id, e.position) > ($1::xid8, $2::bigint)
          ORDER BY e.transaction_id, e.position`,
        place(after),
      )
    ).rows;
  /** `between` is what happens between the two statements. */
  const horizonAfterRows =
    (between: () => Promise<void>): Reader =>
    async (after) => {
      const rows = await withoutHorizon(after);
      await between();
      const { rows: horizon } = await store.pool.query('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin');
      return rows.filter(({ transaction_id }) => BigInt(transaction_id) < BigInt(horizon[0].xmin));
    };

  describe('given a commit that comes late, at a lower position and transaction id', () => {
    it.each([
      ['by position', byPosition],
      ['by transaction id and position, without a horizon', withoutHorizon],
    ])('then who reads %s never sees it', async (_how, read) => {
      const [slow, quick] = [stream(), stream()];
      const writer = await slowWriter(slow);
      await append(store, quick, 0, some(1));
      const first = await read(start);
      await writer.end('COMMIT');
      expect(names(first)).toEqual([quick]);
      expect(await read(first.at(-1) ?? null)).toEqual([]);
    });

    it('then who takes the horizon in a statement of its own, after the rows, never sees it', async () => {
      let first: Awaited<ReturnType<Reader>> = [];
      let quick = '';
      // Once more where other tests' transactions hold the horizon of this cluster down, and nothing comes yet.
      while (first.length === 0) {
        const after = await endOfLog(store);
        const writer = await slowWriter(stream());
        await append(store, (quick = stream()), 0, some(1));
        first = await horizonAfterRows(() => writer.end('COMMIT'))(after);
      }
      expect(names(first)).toEqual([quick]);
      expect(names(await readUntilQuiet(first.at(-1) ?? null))).toEqual([]);
    });

    it('then ours waits for it, says so, and gives both in order', async () => {
      const [slow, quick] = [stream(), stream()];
      const writer = await slowWriter(slow);
      await append(store, quick, 0, some(1));
      expect(await store.readAll(start, 10)).toEqual({ events: [], behind: true });
      await writer.end('COMMIT');
      expect(names(await readOn(store, start, (events) => events.length >= 2))).toEqual([slow, quick]);
    });
  });

  it('given a transaction that only holds an id, then what comes after it waits, and comes when it ends', async () => {
    const holder = await store.pool.connect();
    await holder.query('BEGIN; SELECT pg_current_xact_id()');
    const name = stream();
    await append(store, name, 0, some(3));
    expect(await store.readAll(start, 10)).toEqual({ events: [], behind: true });
    await holder.query('ROLLBACK');
    holder.release();
    expect(names(await readOn(store, start, (events) => events.length >= 3))).toEqual([name, name, name]);
  });

  it('given appends that were rolled back, then the gaps in the positions stop nobody', async () => {
    const kept = [stream(), stream(), stream()];
    for (const name of kept) {
      await (await slowWriter(stream())).end('ROLLBACK');
      await append(store, name, 0, some(1));
    }
    const read = await readOn(store, start, (events) => events.length >= 3);
    expect(names(read)).toEqual(kept);
    const positions = read.map(({ position }) => Number(position));
    expect(positions[2]! - positions[0]!).toBeGreaterThan(2);
  });

  it('given an id below and a position above another’s, then the id decides', async () => {
    const [early, late] = [stream(), stream()];
    const client = await store.pool.connect();
    await client.query('BEGIN; SELECT pg_current_xact_id()');
    await append(store, late, 0, some(1));
    await appendBy(client, early);
    await client.query('COMMIT');
    client.release();
    const read = await readOn(store, start, (events) => events.length >= 2);
    expect(names(read)).toEqual([early, late]);
    expect(BigInt(read[0]!.position)).toBeGreaterThan(BigInt(read[1]!.position));
  });

  it('given ids of different lengths, then a text alias in ORDER BY inverts them, and ours does not', async () => {
    const name = stream();
    for (const [version, xid] of [
      [1, '99'],
      [2, '100'],
    ] as const) {
      await store.pool.query(
        `INSERT INTO log.events (transaction_id, stream, version, event_id, type, schema_version, data, metadata, recorded_at)
         VALUES ($1::xid8, $2, $3, gen_random_uuid(), 'Happened', 1, '{}', '{}', now())`,
        [xid, name, version],
      );
    }
    const { rows } = await store.pool.query(
      `SELECT transaction_id::text AS transaction_id, version FROM log.events WHERE stream = $1 ORDER BY transaction_id`,
      [name],
    );
    expect(rows.map(({ version }) => version)).toEqual([2, 1]);
    const { events } = await store.readAll(null, 2);
    expect(events.map(({ stream: of, version }) => `${of}/${version}`)).toEqual([`${name}/1`, `${name}/2`]);
  });

  it('given slow, quick and failing writers at once, then every event that was committed comes once, in order', async () => {
    const committed: string[] = [];
    let writing = 12;
    const writer = async (nth: number) => {
      for (let i = 0; i < 8; i += 1) {
        const name = stream();
        const slow = await slowWriter(name);
        await new Promise((resolve) => setTimeout(resolve, (nth * 7 + i * 13) % 40));
        const how = (nth + i) % 3 === 0 ? 'ROLLBACK' : 'COMMIT';
        await slow.end(how);
        if (how === 'COMMIT') committed.push(name);
      }
      writing -= 1;
    };
    const done = Promise.all(Array.from({ length: 12 }, (_, nth) => writer(nth)));
    const read = await readOn(store, start, (events) => writing === 0 && events.length >= committed.length, 5);
    await done;
    expect(names(read).toSorted()).toEqual(committed.toSorted());
    expect(names(await readUntilQuiet(read.at(-1) ?? null))).toEqual([]);
    for (const name of committed) expect(await versionsOf(store, name)).toEqual([1]);
  }, 30_000);

  /** What is left after this place, once nothing is behind. */
  async function readUntilQuiet(after: LogPosition | null) {
    await endOfLog(store);
    return (await store.readAll(after, 100)).events;
  }
});
