import type { SqlExecutor } from '@cloud-images/event-store';
import type { RenderOptions } from '@cloud-images/image-model';
import { filterCondition } from './conditions.js';
import { facetConditions, hasNoIndex } from './facet-filters.js';
import { bad } from './filters.js';
import type { ListQuery } from './list-query.js';
import { after, isByCreation, orderBy } from './ordering.js';
import { documentSql, pageOf, type Page } from './page-by-creation.query.js';
import { listedBy, scopeConditions, type Caller } from './scope.js';
import { allOf, nextByCreation, placesInOrder, placesOfFilters, type Place, type Wanted } from './sources.js';
import { Statement } from './statement.js';

/** So many images are looked at for any list; past it, «narrow the filter» may be the answer. */
const BOUND = 100_000;
/** More than there can be. */
const ALL = 2_147_483_646;

export interface Ask extends Wanted {
  readonly caller: Caller;
  readonly nulls: RenderOptions['nullAttributes'];
}

type Found = Page & { readonly cut: boolean; readonly ordered: boolean };

/**
 * A page with filters or in another order. The images are looked for in several places by turns, first a few in each and
 * then more: where they lie in the order of the page, among all or behind a filter; and where they lie in no order but are
 * few. Most pages are settled by the first looks, whatever the number of images; what no way is near is found all the
 * same, unless two filters have no index.
 */
export async function filteredPage(sql: SqlExecutor, ask: Ask): Promise<Page> {
  for (const look of looks(ask.query)) {
    const found = await find(sql, ask, look);
    if (settles(found, ask.query)) return found;
  }
  throw bad('There are too many images to look through for this; narrow the filter.');
}

interface Look {
  readonly place: Place;
  /** Rows looked at. */
  readonly most: number;
  /** Whether only images that the caller lists are there. */
  readonly ofCaller: boolean;
}

function looks(query: ListQuery): Look[] {
  const { sort, removed, filters, limit } = query;
  const byCreation = isByCreation(sort);
  // Filters know nothing of deleted images, nor does an order of `images`.
  const inOrder = removed ? [] : placesInOrder(query, byCreation);
  const inNoOrder = removed ? [] : placesOfFilters(query, byCreation);
  const own = (most: number): Look => ({ place: byCreation ? nextByCreation : allOf, most, ofCaller: true });
  const round = (few: number, many: number): Look[] => [
    ...inOrder.map((place) => ({ place, most: Math.max(few, limit), ofCaller: false })),
    ...inNoOrder.map((place) => ({ place, most: many, ofCaller: false })),
    own(many),
  ];
  return [
    // What is common is met at once.
    ...(byCreation ? [own(Math.max(100, limit))] : []),
    ...round(400, 1_000),
    ...round(4_000, 10_000),
    ...round(BOUND, BOUND),
    ...(filters.filter(hasNoIndex).length > 1 ? [] : round(ALL, ALL)),
  ];
}

/** What was not cut is all; of what was, a full page in order is settled, whatever comes later. */
const settles = (found: Found, { limit }: ListQuery): boolean => !found.cut || (found.ordered && found.count === limit);

async function find(sql: SqlExecutor, ask: Ask, { place, most, ofCaller }: Look): Promise<Found> {
  const { query, marker, caller, principals } = ask;
  const statement = new Statement();
  const { rows: from, order } = place(ask, most, statement);
  const ordered = order !== null;
  const read = '(SELECT count(*) FROM candidate)';
  const conditions = [
    ...(ordered ? [] : [`${read} <= ${most}`]),
    ...facetConditions(query, statement),
    ...(ofCaller ? [] : [listedBy(principals, query, statement)]),
    ...scopeConditions(caller, query, statement),
    ...query.filters.map((filter) => filterCondition(filter, statement)),
    ...(ordered || marker === null ? [] : [after(query.sort, marker, statement)]),
  ];
  const by = order ?? orderBy(query.sort);
  // OFFSET 0 keeps the look-up of each candidate by its key: joined freely, the whole table may be read for them. Rows in
  // the order of the page are read one by one until it is full; the others all, or none when there are too many.
  const { rows } = await sql.query<{ documents: string | null; count: number; last: string | null; cut: boolean }>(
    `WITH candidate AS ${ordered ? 'NOT' : ''} MATERIALIZED (${from} LIMIT ${ordered ? most : most + 1}),
  found AS (
    SELECT i.id, row_number() OVER (ORDER BY ${by}) AS place
    FROM candidate c CROSS JOIN LATERAL (SELECT * FROM images WHERE id = c.id OFFSET 0) i
    ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
    ORDER BY ${by} LIMIT ${query.limit}
  )
SELECT string_agg((SELECT ${documentSql(ask.nulls)} FROM images i WHERE i.id = f.id), ',' ORDER BY f.place) AS documents,
  count(*)::int AS count,
  (SELECT id FROM found ORDER BY place DESC LIMIT 1) AS last,
  CASE WHEN ${ordered} AND count(*) = ${query.limit} THEN true ELSE ${read} ${ordered ? '=' : '>'} ${most} END AS cut
FROM found f`,
    statement.values,
  );
  const [row] = rows;
  return { ...pageOf(row), cut: row?.cut === true, ordered };
}
