import { classesOf, type SizeRange } from '../read-model/size-classes.js';
import { rangesOf, timeCondition } from './conditions.js';
import { facetsNamed } from './facet-filters.js';
import type { Filter } from './filters.js';
import type { ListQuery } from './list-query.js';
import { after, comparison, equalTo, isIndexed, orderBy, sortTerms, type Marker } from './ordering.js';
import type { Statement } from './statement.js';

/**
 * Where the images of a list are looked for: rows (created_at, id, …), of which a bounded number is looked at. Those in
 * the order of the page settle its first images even when there are more; of others nothing is known before all are read.
 */
export interface Source {
  readonly rows: string;
  /** What orders rows `c`; null for rows in no order. */
  readonly order: string | null;
}

/** What a list is made for; the marker is where its page starts after. */
export interface Wanted {
  readonly principals: readonly string[];
  readonly query: ListQuery;
  readonly marker: Marker | null;
}

/** A place to look in; at `most` so many rows will be taken, one more of those in no order. */
export type Place = (wanted: Wanted, most: number, sql: Statement) => Source;

/** More values than these are no arms of a merge: each of them takes time to plan. */
const MOST_ARMS = 16;

/** The places that have the order of the page, whoever sees the images there. */
export function placesInOrder(query: ListQuery, byCreation: boolean): Place[] {
  if (!byCreation) return isIndexed(query.sort) ? [nextByIndex] : [];
  const facets = facetsNamed(query).map(
    (hashes): Place =>
      (wanted, most, sql) =>
        nextByFacet(hashes, wanted, most, sql),
  );
  const named = query.filters.find((filter) => filter.kind === 'text' && filter.values.length <= MOST_ARMS);
  const values: Place[] = named?.kind === 'text' ? [(wanted, most, sql) => nextByValue(named, wanted, most, sql)] : [];
  return [...(sizesIn(query.filters).length > 0 ? [nextBySize] : []), ...facets, ...values];
}

/** The places that hold all that a filter leaves, whoever sees it, in no order. */
export function placesOfFilters(query: ListQuery, byCreation: boolean): Place[] {
  const facets = byCreation ? [] : facetsNamed(query);
  return [
    ...facets.map((hashes): Place => ({ query: { filters } }, most, sql) => {
      const range = rangesOf(filters, 'created_at').map((one) => `AND ${timeCondition('f.created_at', one, sql)}`);
      const from = `SELECT f.created_at, f.id FROM faceted_images f`;
      const some = hashes.map((hash) => `${from} WHERE f.facet = ${sql.bind(hash, 'bigint')} ${range.join(' ')}`);
      return inNoOrder(some, most);
    }),
    ...(telling(query.filters, null) === null ? [] : [byFilter]),
  ];
}

/** The next images that the caller lists, in the order of creation. */
export const nextByCreation: Place = (wanted, most, sql) => {
  const start = startOf(wanted, 'v', sql);
  return merged(wanted, arms(wanted, start, sql), most);
};

/** Every image that the caller lists. */
export const allOf: Place = (wanted, most, sql) => {
  const ranges = rangesOf(wanted.query.filters, 'created_at').map(
    (range) => `AND ${timeCondition('v.created_at', range, sql)}`,
  );
  return inNoOrder(arms(wanted, ranges.join(' '), sql), most);
};

function arms({ principals, query }: Wanted, start: string, sql: Statement): string[] {
  const hidden = sql.bind(query.hidden, 'boolean');
  return principals.map(
    (name) => `SELECT v.created_at, v.id FROM visible_images v
      WHERE v.principal = ${sql.bind(name, 'text')} AND v.os_hidden = ${hidden} ${start}`,
  );
}

function nextByFacet(hashes: readonly string[], wanted: Wanted, most: number, sql: Statement): Source {
  const start = startOf(wanted, 'f', sql);
  const from = 'SELECT f.created_at, f.id FROM faceted_images f';
  return merged(
    wanted,
    hashes.map((hash) => `${from} WHERE f.facet = ${sql.bind(hash, 'bigint')} ${start}`),
    most,
  );
}

function nextByValue(filter: Filter & { kind: 'text' }, wanted: Wanted, most: number, sql: Statement): Source {
  const start = startOf(wanted, 'i', sql);
  const values = [...new Set(filter.values)];
  return merged(
    wanted,
    values.map(
      (value) => `SELECT i.created_at, i.id FROM images i
      WHERE i.listed AND ${equalTo(filter.column, sql.bind(value, 'text'))} ${start}`,
    ),
    most,
  );
}

/** The next images of the sizes wanted: an arm for each class of sizes, no image in two. */
const nextBySize: Place = (wanted, most, sql) => {
  const sizes = sizesIn(wanted.query.filters);
  const classes = classesOf(rangeOf(sizes));
  // What is bound and nowhere used has no type: nothing is bound for no arm, nor for ends that are whole.
  const start = classes.length === 0 ? '' : startOf(wanted, 's', sql);
  const exactly = classes.every(({ whole }) => whole)
    ? ''
    : sizes.map(({ operator, value }) => `AND s.size ${operator} ${sql.bind(value, 'bigint')}`).join(' ');
  const some = classes.map(
    ({ value, whole }) =>
      `SELECT s.created_at, s.id FROM sized_images s WHERE s.class = ${value} ${whole ? '' : exactly} ${start}`,
  );
  return merged(wanted, some, most, '');
};

type NumberFilter = Filter & { kind: 'number' };

const sizesIn = (filters: readonly Filter[]): NumberFilter[] =>
  filters.filter((filter): filter is NumberFilter => filter.kind === 'number' && filter.column === 'size');

function rangeOf(sizes: readonly NumberFilter[]): SizeRange {
  let [min, max]: [bigint | null, bigint | null] = [null, null];
  for (const { operator, value } of sizes) {
    const bytes = BigInt(value);
    if (operator !== '<=' && (min === null || bytes > min)) min = bytes;
    if (operator !== '>=' && (max === null || bytes < max)) max = bytes;
  }
  return { min, max };
}

/** Where the rows of `table` begin for a page in the order of creation. */
function startOf({ query, marker }: Wanted, table: string, sql: Statement): string {
  const conditions = rangesOf(query.filters, 'created_at').map((range) =>
    timeCondition(`${table}.created_at`, range, sql),
  );
  if (marker !== null) {
    const place = `${sql.bind(marker.created_at, 'timestamptz')}, ${sql.bind(marker.id, 'uuid')}`;
    conditions.push(`(${table}.created_at, ${table}.id) ${comparison(directionOf(query))} (${place})`);
  }
  return conditions.map((condition) => `AND ${condition}`).join(' ');
}

const directionOf = ({ sort }: ListQuery) => sort[0]?.direction ?? 'desc';

const nothing = 'SELECT NULL::timestamptz AS created_at, NULL::uuid AS id WHERE false';

/**
 * Arms that an index has in the order of creation, merged while they are read; an image of two arms comes once. Each arm
 * has the bound too: without it all of them would be read, and sorted. Where no image is in two, `each` is empty.
 */
function merged({ query }: Wanted, some: readonly string[], most: number, each = 'DISTINCT'): Source {
  const direction = directionOf(query);
  const order = `ORDER BY created_at ${direction}, id ${direction}`;
  const bounded = some.map((arm) => `(${arm} ${order} LIMIT ${most})`).join(' UNION ALL ');
  return {
    rows: `SELECT ${each} a.created_at, a.id FROM (${bounded || nothing}) a ${order}`,
    order: `c.created_at ${direction}, c.id ${direction}`,
  };
}

/** Arms are read along their index, whatever share of the table they seem to be. */
function inNoOrder(some: readonly string[], most: number): Source {
  const bounded = some.map((arm) => `(${arm} ORDER BY created_at, id LIMIT ${most + 1})`).join(' UNION ALL ');
  return { rows: `SELECT DISTINCT a.created_at, a.id FROM (${bounded || nothing}) a`, order: null };
}

/** The next images in an order that `images` has an index of. */
const nextByIndex: Place = ({ query, marker }, _, sql) => {
  const start = marker === null ? '' : `AND ${after(query.sort, marker, sql)}`;
  const terms = sortTerms(query.sort);
  return {
    rows: `SELECT i.created_at, i.id, ${terms.map((term, n) => `${term.sql} AS term${n}`).join(', ')}
      FROM images i WHERE i.listed ${start} ORDER BY ${orderBy(query.sort)}`,
    order: terms.map(({ direction }, n) => `c.term${n} ${direction}`).join(', '),
  };
};

const byFilter: Place = ({ query }, _, sql) => ({
  rows: `SELECT i.created_at, i.id FROM images i WHERE ${telling(query.filters, sql)}`,
  order: null,
});

/** The filter that leaves fewest, as `images` has an index of it; null when there is none. */
function telling(filters: readonly Filter[], sql: Statement | null): string | null {
  const bind = (value: unknown, type: string) => sql?.bind(value, type) ?? '';
  const ids = filters.find((filter) => filter.kind === 'id');
  if (ids) return `i.id = ANY (${bind(ids.values, 'uuid[]')})`;
  const name = filters.find((filter) => filter.kind === 'text' && filter.column === 'name');
  if (name?.kind === 'text') {
    return `i.listed AND (i.name IS NOT NULL) = true AND coalesce(i.name, '') = ANY (${bind(name.values, 'text[]')})`;
  }
  const sizes = sizesIn(filters);
  if (sizes.length > 0) {
    const conditions = sizes.map(({ operator, value }) => `coalesce(i.size, -1) ${operator} ${bind(value, 'bigint')}`);
    return `i.listed AND coalesce(i.size, -1) >= 0 AND ${conditions.join(' AND ')}`;
  }
  const updated = rangesOf(filters, 'updated_at').find((range) => range.from !== null);
  if (updated === undefined) return null;
  return `i.listed AND ${sql === null ? '' : timeCondition('i.updated_at', updated, sql)}`;
}
