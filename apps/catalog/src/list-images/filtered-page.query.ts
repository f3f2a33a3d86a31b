import type { SqlExecutor } from '@cloud-images/event-store';
import type { RenderOptions } from '@cloud-images/image-model';
import { filterCondition } from './conditions.js';
import { bad } from './filters.js';
import type { ListQuery } from './list-query.js';
import { after, isByCreation, isIndexed, orderBy, type Marker } from './ordering.js';
import { documentSql, pageOf, type Page } from './page-by-creation.query.js';
import { scopeConditions, visibilityConditions, type Caller } from './scope.js';
import { allOf, byFilter, nextByCreation, nextByIndex, type Source } from './sources.js';
import { Statement } from './statement.js';

/** How many images a request may look at. Past it the answer is «narrow the filter»: never a slow list, never a wrong one. */
const BOUND = 10_000;
/** Windows grow: most filters are met near the start. */
const windows = [200, 2_000, BOUND] as const;

export interface Ask {
  readonly caller: Caller;
  readonly principals: readonly string[];
  readonly query: ListQuery;
  readonly marker: Marker | null;
  readonly nulls: RenderOptions['nullAttributes'];
}

type Found = Page & { readonly cut: boolean };
/** What a source leaves open: whether the caller may list the image at all, or only the rest of the scope. */
type Check = typeof visibilityConditions;

/**
 * A page with filters or in another order. The images are looked for where the fewest need to be read: behind the most
 * telling filter, along the list's own order, along an index, or among all that the caller lists.
 */
export async function filteredPage(sql: SqlExecutor, ask: Ask): Promise<Page> {
  const { query, principals, marker } = ask;
  const fromIndex = (size: number) =>
    find(sql, ask, visibilityConditions, (statement) => nextByIndex(query, marker, size, statement));
  const indexed = isIndexed(query.sort) && !query.removed;

  if (!query.removed) {
    const found = await find(sql, ask, visibilityConditions, (statement) => byFilter(query, BOUND, statement));
    if (found !== null && !found.cut) return found;
  }
  if (isByCreation(query.sort)) {
    for (const size of windows) {
      const found = await find(sql, ask, scopeConditions, (statement) =>
        nextByCreation(principals, query, marker, size, statement),
      );
      if (found !== null && settles(found, query)) return found;
    }
    throw tooMany();
  }
  if (indexed) {
    const found = await fromIndex(windows[0]);
    if (found !== null && settles(found, query)) return found;
  }
  const all = await find(sql, ask, scopeConditions, (statement) => allOf(principals, query, BOUND, statement));
  if (all !== null && !all.cut) return all;
  if (indexed) {
    for (const size of windows.slice(1)) {
      const found = await fromIndex(size);
      if (found !== null && settles(found, query)) return found;
    }
  }
  throw tooMany();
}

/** From a source in the order of the page: a full page is settled, whatever comes later. */
const settles = (found: Found, { limit }: ListQuery): boolean => found.count === limit || !found.cut;

const tooMany = () => bad('There are too many images to look through for this; narrow the filter.');

async function find(
  sql: SqlExecutor,
  ask: Ask,
  check: Check,
  make: (statement: Statement) => Source | null,
): Promise<Found | null> {
  const { query, marker, caller } = ask;
  const statement = new Statement();
  const source = make(statement);
  if (source === null) return null;
  const conditions = [
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
  return { ...pageOf(row), cut: row?.cut === true };
}
