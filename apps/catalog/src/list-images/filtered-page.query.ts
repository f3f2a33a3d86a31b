import type { SqlExecutor } from '@cloud-images/event-store';
import type { RenderOptions } from '../image/render-image.js';
import { filterCondition } from './conditions.js';
import { bad } from './filters.js';
import type { ListQuery } from './list-query.js';
import { after, isByCreation, isIndexed, orderBy, type Marker } from './ordering.js';
import { documentSql, pageOf, type Page } from './page-by-creation.query.js';
import { scopeConditions, visibilityConditions, type Caller } from './scope.js';
import { allOf, byFilter, hasNoIndex, nextByCreation, nextByIndex, nextByValue, type Source } from './sources.js';
import { Statement } from './statement.js';

/** So many images are looked at for any list; past it, «narrow the filter» may be the answer. */
const BOUND = 100_000;
/** More than there can be. */
const ALL = 2_147_483_646;

export interface Ask {
  readonly caller: Caller;
  readonly principals: readonly string[];
  readonly query: ListQuery;
  readonly marker: Marker | null;
  readonly nulls: RenderOptions['nullAttributes'];
}

type Found = Page & { readonly cut: boolean; readonly wholeOnly: boolean };

/**
 * A page with filters or in another order. The images are looked for in several places by turns, first a few in each and
 * then more: along the list's own order, or an index that has the order of the page, where what is common is met soon; and
 * behind a filter, where what is rare is all there is. Most pages are settled by the first look, whatever the number of
 * images; what neither way is near is found all the same, unless two filters have no index.
 */
export async function filteredPage(sql: SqlExecutor, ask: Ask): Promise<Page> {
  for (const look of looks(ask.query)) {
    const found = await find(sql, ask, look);
    if (found !== null && settles(found, ask.query)) return found;
  }
  throw bad('There are too many images to look through for this; narrow the filter.');
}

type Look = readonly [place: 'order' | 'values' | 'index' | 'filter' | 'all', most: number];

function looks({ sort, removed, filters, limit }: ListQuery): Look[] {
  // Filters know nothing of deleted images, nor does an order of `images`.
  const living = (...some: Look[]): Look[] => (removed ? [] : some);
  const most = filters.filter(hasNoIndex).length > 1 ? BOUND : ALL;
  if (isByCreation(sort)) {
    return [
      ['order', Math.max(200, limit)],
      ...living(['filter', 1_000], ['values', 200]),
      ['order', 2_000],
      ...living(['filter', 10_000], ['values', 2_000]),
      ['order', 10_000],
      ...living(['values', BOUND], ['filter', BOUND]),
      ['order', BOUND],
      ...(most > BOUND ? living(['filter', most]) : []),
      ['order', most],
    ];
  }
  const indexed = (size: number): Look[] => (isIndexed(sort) ? living(['index', size]) : []);
  return [
    ...indexed(Math.max(400, limit)),
    ['all', 1_000],
    ...living(['filter', 1_000]),
    ...indexed(2_000),
    ...living(['filter', 10_000]),
    ['all', 10_000],
    ...indexed(10_000),
    ...living(['filter', BOUND]),
    ['all', BOUND],
    ...(most > BOUND ? [...living(['filter', most]), ...indexed(most)] : []),
    ['all', most],
  ];
}

/** What was not cut is all; of what was, a full page in order is settled, whatever comes later. */
const settles = (found: Found, { limit }: ListQuery): boolean =>
  !found.cut || (!found.wholeOnly && found.count === limit);

function sourceOf({ query, principals, marker }: Ask, [place, most]: Look, statement: Statement): Source | null {
  switch (place) {
    case 'order':
      return nextByCreation(principals, query, marker, most, statement);
    case 'values':
      return nextByValue(query, marker, most, statement);
    case 'index':
      return nextByIndex(query, marker, most, statement);
    case 'filter':
      return byFilter(query, most, statement);
    case 'all':
      return allOf(principals, query, most, statement);
  }
}

async function find(sql: SqlExecutor, ask: Ask, look: Look): Promise<Found | null> {
  const { query, marker, caller } = ask;
  const statement = new Statement();
  const source = sourceOf(ask, look, statement);
  if (source === null) return null;
  // Whether the caller may list an image at all is settled where its own lists are read.
  const ofCaller = look[0] === 'order' || look[0] === 'all';
  const check = ofCaller ? scopeConditions : visibilityConditions;
  const conditions = [
    ...(source.wholeOnly ? [`NOT (${source.cut})`] : []),
    ...check(caller, query, statement),
    ...query.filters.map((filter) => filterCondition(filter, statement)),
    ...(marker === null ? [] : [after(query.sort, marker, statement)]),
  ];
  const order = orderBy(query.sort);
  // OFFSET 0 keeps the look-up of each candidate by its key: joined freely, the whole table may be read for them.
  const { rows } = await sql.query<{ documents: string | null; count: number; last: string | null; cut: boolean }>(
    `WITH ${source.ctes},
  found AS (
    SELECT i.id, row_number() OVER (ORDER BY ${order}) AS place
    FROM candidate c CROSS JOIN LATERAL (SELECT * FROM images WHERE id = c.id OFFSET 0) i
    ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
    ORDER BY place LIMIT ${query.limit}
  )
SELECT string_agg((SELECT ${documentSql(ask.nulls)} FROM images i WHERE i.id = f.id), ',' ORDER BY f.place) AS documents,
  count(*)::int AS count,
  (SELECT id FROM found ORDER BY place DESC LIMIT 1) AS last,
  ${source.cut} AS cut
FROM found f`,
    statement.values,
  );
  const [row] = rows;
  return { ...pageOf(row), cut: row?.cut === true, wholeOnly: source.wholeOnly };
}
