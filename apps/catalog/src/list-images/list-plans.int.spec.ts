import type { SqlExecutor } from '@cloud-images/event-store';
import type { Identity } from '@cloud-images/contracts';
import { user } from '../image/testing/given.js';
import { createReadModelDatabase, type ReadModelDatabase } from '../read-model/testing/read-model-database.js';
import { facetHash } from '../read-model/facets.js';
import { listImages } from './list-images.query.js';
import { parseListQuery } from './list-query.js';

const IMAGES = 40_000;
const me = user(['member'], 'project-1');
const big = user(['member'], 'project-0');
const operator = user(['admin'], 'operators');

/** Of image `n`, two of three times: later ones are larger. */
const sizeOf = (n: number) => 1_000_000 + n * 4_096;

// Project 0 owns nearly all, project 1 forty, each fourth image of project 0 is shared to project 1.
const filled = (from: number, to: number) => `
INSERT INTO images (id, version, document, unset, owner, visibility, status, listed, os_hidden, name, disk_format,
  size, min_disk, min_ram, created_at, updated_at)
SELECT md5(n::text)::uuid, 1,
  json_build_object('id', md5(n::text)::uuid, 'name', 'image-' || n, 'tags', array_remove(ARRAY[
    CASE WHEN n % 10000 = 0 THEN 'rare' END, CASE WHEN n % 50 = 8 THEN 'some' END, CASE WHEN n % 2 = 0 THEN 'half' END], NULL),
    'filler', repeat('x', 600)),
  '', CASE WHEN n % 1000 = 0 THEN 'project-1' ELSE 'project-0' END, 'shared', 'active', true, false, 'image-' || n, 'raw',
  CASE WHEN n % 3 > 0 THEN 1000000 + n * 4096::bigint END, 0, n % 512,
  '2026-01-01'::timestamptz + n * interval '1 second', '2026-01-01'::timestamptz + n * interval '1 second'
FROM generate_series(${from}, ${to}) AS n;
INSERT INTO visible_images
SELECT p, false, i.created_at, i.id FROM images i
CROSS JOIN LATERAL unnest(ARRAY['operator', 'owner:' || i.owner] ||
  CASE WHEN i.owner = 'project-0' AND i.min_ram % 4 = 0 THEN ARRAY['share:project-1:accepted'] ELSE '{}'::text[] END) AS p
WHERE ${madeBetween(from, to)};
INSERT INTO image_members SELECT id, 'project-1', 'accepted' FROM images
WHERE owner = 'project-0' AND min_ram % 4 = 0 AND ${madeBetween(from, to)};
INSERT INTO faceted_images
SELECT f.facet, i.created_at, i.id FROM images i
JOIN (VALUES ${['rare', 'some', 'half'].map((tag) => `('${tag}', ${facetHash(['tag', tag])})`).join(', ')}) AS f (tag, facet)
  ON jsonb_exists(i.document::jsonb -> 'tags', f.tag)
WHERE ${madeBetween(from, to)};
`;
const madeBetween = (from: number, to: number) =>
  `created_at BETWEEN ${[from, to].map((n) => `'2026-01-01'::timestamptz + ${n} * interval '1 second'`).join(' AND ')}`;
const analyze = 'ANALYZE images, visible_images, image_members, faceted_images, sized_images;';

/** In pieces: a transaction of seconds holds up whoever reads a log on this server. */
async function fill({ pool }: ReadModelDatabase, images: number): Promise<void> {
  const piece = 2_000;
  for (let from = 1; from <= images; from += piece) await pool.query(filled(from, Math.min(from + piece - 1, images)));
}

describe('lists of many images', () => {
  let database: ReadModelDatabase;
  beforeAll(async () => {
    database = await createReadModelDatabase();
    await fill(database, IMAGES);
    await database.pool.query(analyze);
  }, 120_000);
  afterAll(() => database.drop());

  const costOf = (search: string, identity: Identity) => costOn(database.sql, search, identity);

  it.each<[string, string, Identity, number]>([
    ['the default list', '', me, 25],
    ['the default list of who owns nearly all', '', big, 25],
    ['the default list of an admin', '', operator, 25],
    ['a page from the middle', `marker=${'a87ff679-a2f3-e71d-9181-a67b7542122c'}&sort_dir=asc`, big, 25],
    ['visibility=all', 'visibility=all&member_status=all', me, 25],
    ['a page of 1000', 'limit=1000', big, 1000],
    ['a common filter', 'status=active', big, 25],
    ['a name', 'name=image-777', big, 1],
    ['names', 'name=in:image-777,image-778', big, 2],
    ['a rare tag', 'tag=rare', operator, 4],
    ['a tag of one in fifty', 'tag=some', big, 25],
    ['a tag of one in fifty, from the middle', 'tag=some&marker=a87ff679-a2f3-e71d-9181-a67b7542122c', operator, 0],
    ['two tags', 'tag=half&tag=some', big, 25],
    ['a tag of one in fifty, as someone who sees a quarter', 'tag=some', me, 25],
    ['two tags that no image has', 'tag=rare&tag=some', me, 0],
    ['a name that is not there', 'name=nothing', big, 0],
    ['a property that is not there', 'flavour=sweet', big, 0],
    ['what changed lately', 'updated_at=gte:2026-01-01T11:06:35Z', big, 5],
    ['what was made at one time', 'created_at=gt:2026-01-01T00:10:00Z&created_at=lte:2026-01-01T00:10:10Z', big, 10],
    ['by name', 'sort=name:asc', big, 25],
    ['by name as someone who sees a quarter', 'sort=name:asc', me, 25],
    ['by last change', 'sort=updated_at:desc', operator, 25],
    ['by id', 'sort=id:asc', operator, 25],
    ['by size', 'sort=size:asc', operator, 25],
    ['by status', 'sort=status:desc', big, 25],
    ['by format as someone who sees a quarter', 'sort=disk_format:asc', me, 25],
    ['a status that is not there', 'status=queued', big, 0],
    ['a format that is not there', 'disk_format=in:iso,vhd', big, 0],
    ['a size that is not there', 'size_max=5', operator, 0],
    ['any size, by a filter', 'size_min=0', big, 25],
    ['any size with a rare tag', 'size_min=0&tag=rare', operator, 3],
    ['no size at all', `size_min=9&size_max=5`, big, 0],
    [
      'no size at all, from the middle',
      `size_min=9&size_max=5&marker=a87ff679-a2f3-e71d-9181-a67b7542122c`,
      operator,
      0,
    ],
    ['one size and another', 'size=5&size=7', operator, 0],
    ['one size', `size=${sizeOf(10_000)}`, operator, 1],
    ['sizes that only old images have', `size_max=${sizeOf(10_000)}`, operator, 25],
    ['sizes that only old images have, as someone who sees a quarter', `size_max=${sizeOf(10_000)}`, me, 25],
    ['sizes that images of the middle have', `size_min=${sizeOf(9_000)}&size_max=${sizeOf(30_000)}`, big, 25],
    ['sizes that old images have, with a tag', `size_max=${sizeOf(20_000)}&tag=half`, big, 25],
    ['sizes that only new images have, oldest first', `size_min=${sizeOf(30_000)}&sort_dir=asc`, operator, 25],
  ])('reads %s by indexes, however many images there are', async (_says, search, identity, expected) => {
    const { count, touched, seqScans } = await costOf(search, identity);
    expect(count).toBe(expected);
    expect(seqScans).toBe(0);
    // A page of 25 needs some hundred blocks; the whole table has more than four thousand.
    expect(touched).toBeLessThan(expected > 100 ? 8_000 : 3_000);
  });

  it.each([
    ['an admin', operator, 'tag=some', `n % 50 = 8`],
    ['who sees a quarter', me, 'tag=half&tag=some', `n % 50 = 8 AND (n % 1000 = 0 OR n % 4 = 0)`],
    ['who sees a quarter, oldest first', me, 'tag=some&sort=created_at:asc', `n % 50 = 8 AND n % 4 = 0`],
    [
      ...(['an admin, of some sizes', operator, `size_min=${sizeOf(1_000)}&size_max=${sizeOf(1_777)}`] as const),
      `n BETWEEN 1000 AND 1777 AND n % 3 > 0`,
    ],
    [
      ...(['who sees a quarter, of small sizes, oldest first', me, `size_max=${sizeOf(3_000)}&sort_dir=asc`] as const),
      `n <= 3000 AND n % 3 > 0 AND (n % 1000 = 0 OR n % 4 = 0)`,
    ],
  ] as const)('pages through all images, each once and in order, for %s', async (_says, identity, search, those) => {
    const paged: string[] = [];
    for (let marker = ''; ;) {
      const query = parseListQuery(`${search}&limit=70${marker}`);
      const page = await listImages(database.sql, identity, query, { nullAttributes: 'omit' });
      paged.push(...(JSON.parse(`[${page.documents}]`) as { id: string }[]).map(({ id }) => id));
      if (page.last === null) break;
      marker = `&marker=${page.last}`;
    }
    const { rows } = await database.pool.query<{ id: string }>(
      `SELECT md5(n::text)::uuid AS id FROM generate_series(1, ${IMAGES}) n WHERE ${those} ORDER BY n`,
    );
    const expected = rows.map(({ id }) => id);
    expect(paged).toEqual(search.endsWith('asc') ? expected : expected.reverse());
    expect(paged.length).toBeGreaterThan(300);
  });

  it('looks at 10,000 images at most, each by its key', async () => {
    const { count, touched, seqScans } = await costOf('min_ram=8&limit=10', operator);
    expect({ count, seqScans }).toEqual({ count: 10, seqScans: 0 });
    expect(touched).toBeLessThan(4 * 12_200);
  });

  it.each([
    ['sort=status:asc,name:desc', big, 25],
    ['visibility=private', big, 0],
    ['min_ram=600&min_disk=1', operator, 0],
  ] as const)('answers %s, however far it must look among less than 100,000', async (search, identity, expected) => {
    expect(await costOf(search, identity)).toMatchObject({ count: expected, seqScans: 0 });
  });

  it('answers the same once few are left to look through', async () => {
    expect(await costOf('status=queued&name=image-1', big)).toMatchObject({ count: 0 });
    expect(await costOf('sort=size:asc&tag=rare', operator)).toMatchObject({ count: 4 });
    expect(await costOf('sort=size:asc&created_at=lt:2026-01-01T00:00:10Z', operator)).toMatchObject({ count: 9 });
  });
});

describe('lists of more images than anybody looks through', () => {
  let database: ReadModelDatabase;
  beforeAll(async () => {
    database = await createReadModelDatabase();
    await fill(database, 101_000);
    await database.pool.query(analyze);
  }, 240_000);
  afterAll(() => database.drop());

  const list = (search: string) => costOn(database.sql, search, operator);

  it('say «narrow the filter» to two filters that have no index', async () => {
    await expect(list('min_ram=600&min_disk=1')).rejects.toMatchObject({ code: 'invalid-filter' });
  }, 60_000);

  it.each(['min_ram=600', 'min_ram=600&status=queued', 'min_ram=600&min_disk=1&name=image-1'])(
    'answer %s, where one has none or another one leaves few',
    async (search) => {
      expect(await list(search)).toMatchObject({ count: 0 });
    },
    60_000,
  );
});

describe('lists of images that were just made, before anybody counted them', () => {
  let database: ReadModelDatabase;
  beforeAll(async () => {
    database = await createReadModelDatabase();
    await fill(database, 1_500);
  });
  afterAll(() => database.drop());

  it('read one page of each principal, and sort no more than that', async () => {
    // A plan for a list that seems to have two images once read all of them, to show 25.
    const { count, listed } = await costOn(database.sql, '', big);
    expect(count).toBe(25);
    expect(listed).toBeLessThanOrEqual(3 * 25);
  });
});

/** Runs a list, and tells how many rows and blocks its statements touched. */
async function costOn(sql: SqlExecutor, search: string, identity: Identity) {
  let touched = 0;
  let seqScans = 0;
  let listed = 0;
  const explained: SqlExecutor = {
    async query(text, values, name) {
      const { rows } = await sql.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
        values,
      );
      const plan = rows[0]!['QUERY PLAN'][0].Plan;
      touched += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
      seqScans += sequential(plan);
      listed += rowsOf('visible_images', plan);
      return sql.query(text, values, name) as never;
    },
  };
  const page = await listImages(explained, identity, parseListQuery(search), { nullAttributes: 'omit' });
  return { count: page.count, touched, seqScans, listed };
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Plan[];
}
/** Reading a table from end to end; the CTEs of the statement itself are small. */
const sequential = (plan: Plan): number =>
  (plan['Node Type'] === 'Seq Scan' ? 1 : 0) + (plan.Plans ?? []).reduce((sum, part) => sum + sequential(part), 0);
/** Rows that the scans of a table gave. */
const rowsOf = (table: string, plan: Plan): number =>
  (plan['Relation Name'] === table ? plan['Actual Rows'] * plan['Actual Loops'] : 0) +
  (plan.Plans ?? []).reduce((sum, part) => sum + rowsOf(table, part), 0);
