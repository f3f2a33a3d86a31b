import { randomUUID } from 'node:crypto';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { QueryRunner } from 'typeorm';
import { indexRarerKinds } from '../migrations/1764000000004-index-rarer-kinds.js';
import { created, denied, IMAGE, renamed } from '../testing/given.js';
import { createLedgerDatabase, type LedgerDatabase } from '../testing/ledger-database.js';
import { everything, type EntryFilter } from './entry-filter.js';
import { findEntries, type Scope } from './find-entries.query.js';
import { Sealer } from './sealer.js';

/** More than one search may look at. */
const READS = 100_500;

/** A transaction of seconds holds up whoever reads a log on this server. */
async function inPieces(first: number, last: number, work: (from: number, to: number) => Promise<unknown>) {
  const piece = 5_000;
  for (let from = first; from <= last; from += piece) await work(from, Math.min(from + piece - 1, last));
}

describe('finding events of an image that was read a hundred thousand times since', () => {
  let database: LedgerDatabase;
  beforeAll(async () => {
    database = await createLedgerDatabase();
    await new Sealer({ pool: database.pool }).take([
      created(1),
      renamed(2),
      created(1, 'other', { number: 3 }, randomUUID()),
      denied(1),
    ]);
    await inPieces(1, READS, (from, to) =>
      database.owner.query(
        `INSERT INTO ledger.events (position, leaf_hash, entry, event_id, stream, version, kind, type, image_id, actor,
                                    request_id, readers, recorded_at)
         SELECT 3 + n, leaf_hash, 'read', gen_random_uuid(), stream, 1 + n, kind, 'ImageDataSent', image_id, actor,
                request_id, readers, recorded_at
           FROM ledger.events CROSS JOIN generate_series($1::integer, $2::integer) AS n WHERE position = 3`,
        [from, to],
      ),
    );
  }, 120_000);
  afterAll(() => database.drop());

  const owner = { project: 'owner' };
  const last = 3 + READS;
  async function found(scope: Scope, filter: Partial<EntryFilter>, order: 'asc' | 'desc'): Promise<unknown> {
    const search = { scope, filter: { ...everything, ...filter }, order, after: null, limit: 3 };
    const { entries, next } = await findEntries(database.sql, search);
    return [entries.map(({ position }) => position), next];
  }

  it.each<[string, Scope, Partial<EntryFilter>, 'asc' | 'desc', unknown]>([
    ['its owner, the newest', owner, { image: IMAGE }, 'desc', [[1, 0], null]],
    ['its owner, the oldest', owner, { image: IMAGE }, 'asc', [[0, 1], null]],
    ['an admin, the newest', 'all', { image: IMAGE }, 'desc', [[last, last - 1, last - 2], last - 2]],
    ['an admin, the oldest', 'all', { image: IMAGE }, 'asc', [[0, 1, 3], 3]],
    ['an admin, its security', 'all', { image: IMAGE, kinds: ['security'] }, 'asc', [[3, 4, 5], 5]],
    ['an admin, its own', 'all', { image: IMAGE, kinds: ['image'] }, 'desc', [[1, 0], null]],
    ['an admin, of all images', 'all', { kinds: ['image'] }, 'desc', [[2, 1, 0], 0]],
    ['an admin, of two kinds', 'all', { kinds: ['image', 'task'] }, 'desc', [[2, 1, 0], 0]],
    ['an admin, of two types', 'all', { types: ['ImageRenamed', 'AccessDenied'] }, 'desc', [[3, 1], null]],
  ])('%s', async (_name, scope, filter, order, expected) => {
    expect(await found(scope, filter, order)).toEqual(expected);
  });

  describe('for a project that a hundred thousand concern', () => {
    const of = { project: 'crowd' };
    beforeAll(
      () =>
        inPieces(0, last, (from, to) =>
          database.owner.query(
            `INSERT INTO ledger.readers (project, position)
             SELECT 'crowd', position FROM ledger.events WHERE position BETWEEN $1 AND $2`,
            [from, to],
          ),
        ),
      120_000,
    );

    /** Blocks that a search looked at, by the server's own count. */
    async function blocks(filter: Partial<EntryFilter>, order: 'asc' | 'desc', after: number): Promise<number> {
      let count = 0;
      const counting: SqlExecutor = {
        query: async (text, values, name) => {
          const explained = await database.sql.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
          const [{ Plan: plan }] = (explained.rows[0] as any)['QUERY PLAN'];
          count += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
          return database.sql.query(text, values, name);
        },
      };
      const search = { scope: of, filter: { ...everything, ...filter }, order, after, limit: 25 };
      await findEntries(counting, search);
      return count;
    }

    const half = READS / 2;
    const cases: [string, Partial<EntryFilter>, 'asc' | 'desc', number][] = [
      ['its events from the midst, the oldest', {}, 'asc', half],
      ['its events from the midst, the newest', {}, 'desc', half],
      ['an image, the oldest', { image: IMAGE }, 'asc', -1],
      ['an image, the newest', { image: IMAGE }, 'desc', READS * 2],
    ];
    it.each(cases)(
      '%s: reads what it shows, and not all, before the server has counted',
      async (...[, filter, order, after]) => {
        expect(await blocks(filter, order, after)).toBeLessThan(1_000);
      },
    );

    it.each(cases)('%s: and afterwards', async (...[, filter, order, after]) => {
      await database.owner.query('ANALYZE ledger.events, ledger.readers');
      expect(await blocks(filter, order, after)).toBeLessThan(1_000);
    });
  });

  it('has one index by subject for each event, also where a build was interrupted', async () => {
    const indexes = async () => {
      const { rows } = await database.owner.query<{ name: string }>(
        `SELECT relname || CASE WHEN indisvalid THEN '' ELSE ' (not valid)' END AS name
           FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
          WHERE indrelid = 'ledger.events'::regclass AND relname ~ '_(subject|image|kind|rarer_kind)$' ORDER BY relname`,
      );
      return rows.map(({ name }) => name);
    };
    const wanted = ['events_by_rarer_kind', 'events_by_subject', 'security_by_subject'];
    expect(await indexes()).toEqual(wanted);
    const migration = new (indexRarerKinds())();
    const runner = { query: (text: string) => database.owner.query(text) } as unknown as QueryRunner;
    await migration.down(runner);
    expect(await indexes()).toEqual(['events_by_image', 'events_by_kind']);
    await database.owner.query(`CREATE INDEX security_by_subject ON ledger.events (position);
      UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ledger.security_by_subject'::regclass`);
    await migration.up(runner);
    expect(await indexes()).toEqual(wanted);
  });
});
