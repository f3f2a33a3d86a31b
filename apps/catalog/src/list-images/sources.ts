import { facetHash, standardFacets, type Facet } from '../read-model/facets.js';
import { rangesOf, timeCondition } from './conditions.js';
import type { Filter } from './filters.js';
import type { ListQuery } from './list-query.js';
import { after, comparison, equalTo, orderBy, type Marker } from './ordering.js';
import type { Statement } from './statement.js';

/**
 * Where the images of a filtered list are looked for: a CTE `candidate (id)` of a bounded number of rows, and whether the
 * bound cut it short. One in the order of the page settles its first images even then; another `wholeOnly` is of no use
 * when it was cut, and nothing of it is looked at.
 */
export interface Source {
  readonly ctes: string;
  readonly cut: string;
  readonly wholeOnly: boolean;
}

const principals = (
  names: readonly string[],
  query: ListQuery,
  window: number,
  start: string,
  order: string,
  sql: Statement,
) => `
  row AS MATERIALIZED (
    SELECT p.principal, v.created_at, v.id
    FROM unnest(${sql.bind(names, 'text[]')}) AS p (principal)
    CROSS JOIN LATERAL (
      SELECT created_at, id FROM visible_images v
      WHERE v.principal = p.principal AND v.os_hidden = ${sql.bind(query.hidden, 'boolean')} ${start}
      ${order} LIMIT ${window}
    ) v
  )`;

/**
 * The next images of each principal in the list's own order. Where one principal has more than the window, nothing beyond
 * its last row is settled: another one's later rows might come after some that were not read.
 */
export function nextByCreation(
  names: readonly string[],
  query: ListQuery,
  marker: Marker | null,
  window: number,
  sql: Statement,
): Source {
  const { start, order } = byCreation(query, marker, 'v', sql);
  return merged(principals(names, query, window, start, order, sql), query, window);
}

/**
 * The next images of each value that a filter names, in the list's own order, whoever sees them; null when no filter names
 * values of a column with an index.
 */
export function nextByValue(query: ListQuery, marker: Marker | null, window: number, sql: Statement): Source | null {
  const filter = query.filters.find((one) => one.kind === 'text');
  if (filter?.kind !== 'text') return null;
  const { start, order } = byCreation(query, marker, 'i', sql);
  const rows = `
  row AS MATERIALIZED (
    SELECT p.principal, v.created_at, v.id
    FROM unnest(${sql.bind([...new Set(filter.values)], 'text[]')}) AS p (principal)
    CROSS JOIN LATERAL (
      SELECT i.created_at, i.id FROM images i
      WHERE i.listed AND ${equalTo(filter.column, 'p.principal')} ${start}
      ${order} LIMIT ${window}
    ) v
  )`;
  return merged(rows, query, window);
}

/** Where the rows of `table` begin for a page, and their order. */
function byCreation(query: ListQuery, marker: Marker | null, table: string, sql: Statement) {
  const direction = query.sort[0]?.direction ?? 'desc';
  const conditions = rangesOf(query.filters, 'created_at').map((range) =>
    timeCondition(`${table}.created_at`, range, sql),
  );
  if (marker !== null) {
    const place = `${sql.bind(marker.created_at, 'timestamptz')}, ${sql.bind(marker.id, 'uuid')}`;
    conditions.push(`(${table}.created_at, ${table}.id) ${comparison(direction)} (${place})`);
  }
  return {
    start: conditions.map((condition) => `AND ${condition}`).join(' '),
    order: `ORDER BY ${table}.created_at ${direction}, ${table}.id ${direction}`,
  };
}

/** Rows of several arms, each in order: what none of the arms can still come before. */
function merged(rows: string, query: ListQuery, window: number): Source {
  const direction = query.sort[0]?.direction ?? 'desc';
  const reverse = direction === 'asc' ? 'desc' : 'asc';
  return {
    ctes: `${rows},
  last AS (
    SELECT DISTINCT ON (principal) created_at, id, count(*) OVER (PARTITION BY principal) AS read
    FROM row ORDER BY principal, created_at ${reverse}, id ${reverse}
  ),
  frontier AS (
    SELECT created_at, id FROM last WHERE read = ${window}
    ORDER BY created_at ${direction}, id ${direction} LIMIT 1
  ),
  candidate AS (
    SELECT DISTINCT r.id FROM row r
    WHERE NOT EXISTS (
      SELECT 1 FROM frontier f WHERE (r.created_at, r.id) ${comparison(direction)} (f.created_at, f.id)
    )
  )`,
    cut: 'EXISTS (SELECT 1 FROM frontier)',
    wholeOnly: false,
  };
}

/** Every image that the caller lists, when it lists no more than `bound`. */
export function allOf(names: readonly string[], query: ListQuery, bound: number, sql: Statement): Source {
  const start = rangesOf(query.filters, 'created_at')
    .map((range) => `AND ${timeCondition('v.created_at', range, sql)}`)
    .join(' ');
  return {
    ctes: `${principals(names, query, bound + 1, start, '', sql)},
  candidate AS (SELECT DISTINCT id FROM row)`,
    cut: `(SELECT count(*) FROM candidate) > ${bound}`,
    wholeOnly: true,
  };
}

/** The next images in an order that `images` has an index of, whoever sees them. */
export function nextByIndex(query: ListQuery, marker: Marker | null, window: number, sql: Statement): Source {
  const start = marker === null ? '' : `AND ${after(query.sort, marker, sql)}`;
  return {
    ctes: `candidate AS MATERIALIZED (
    SELECT i.id FROM images i WHERE i.listed ${start} ORDER BY ${orderBy(query.sort)} LIMIT ${window}
  )`,
    cut: `(SELECT count(*) FROM candidate) = ${window}`,
    wholeOnly: false,
  };
}

/** The images that the most telling filter leaves, whoever sees them; null when no filter has an index. */
export function byFilter(query: ListQuery, bound: number, sql: Statement): Source | null {
  const from = telling(query.filters, sql);
  if (from === null) return null;
  return {
    ctes: `candidate AS MATERIALIZED (${from} LIMIT ${bound + 1})`,
    cut: `(SELECT count(*) FROM candidate) > ${bound}`,
    wholeOnly: true,
  };
}

function telling(filters: readonly Filter[], sql: Statement): string | null {
  const ids = filters.find((filter) => filter.kind === 'id');
  if (ids) return `SELECT i.id FROM images i WHERE i.id = ANY (${sql.bind(ids.values, 'uuid[]')})`;
  const facets = filters.map(facetOf).filter((facet) => facet !== null);
  if (facets.length > 0) {
    return `SELECT f.id FROM image_facets f WHERE f.facets @> ${sql.bind(facets.map(facetHash), 'bigint[]')}`;
  }
  const standard = filters.find((filter) => filter.kind === 'standard');
  if (standard?.kind === 'standard' && standard.value) {
    const hashes = standardFacets(standard.standing).map(facetHash);
    return `SELECT f.id FROM image_facets f WHERE f.facets && ${sql.bind(hashes, 'bigint[]')}`;
  }
  const name = filters.find((filter) => filter.kind === 'text' && filter.column === 'name');
  if (name?.kind === 'text') {
    const names = sql.bind(name.values, 'text[]');
    return `SELECT i.id FROM images i WHERE i.listed AND (i.name IS NOT NULL) = true AND coalesce(i.name, '') = ANY (${names})`;
  }
  const sizes = filters.filter((filter) => filter.kind === 'number' && filter.column === 'size');
  if (sizes.length > 0) {
    const conditions = sizes.map((filter) => sizeCondition(filter, sql));
    return `SELECT i.id FROM images i WHERE i.listed AND coalesce(i.size, -1) >= 0 AND ${conditions.join(' AND ')}`;
  }
  const updated = rangesOf(filters, 'updated_at').find((range) => range.from !== null);
  if (updated) return `SELECT i.id FROM images i WHERE i.listed AND ${timeCondition('i.updated_at', updated, sql)}`;
  return null;
}

const sizeCondition = (filter: Filter, sql: Statement): string =>
  filter.kind === 'number' ? `coalesce(i.size, -1) ${filter.operator} ${sql.bind(filter.value, 'bigint')}` : 'true';

/** Whether a filter can be met only by looking at the images one by one. */
export function hasNoIndex(filter: Filter): boolean {
  switch (filter.kind) {
    case 'id':
    case 'owner':
    case 'text':
    case 'tag':
      return false;
    case 'attribute':
      return facetOf(filter) === null;
    case 'number':
      return filter.column !== 'size';
    case 'standard':
      return !filter.value;
    case 'time':
      return filter.range.outside || (filter.column === 'updated_at' && filter.range.from === null);
    case 'protected':
      return true;
  }
}

const hashed = new Set(['checksum', 'os_hash_value']);
/** Attributes of the document that are no property and have no facet. */
const plain = new Set(['os_hash_algo', 'self', 'file', 'schema', 'owner', 'tags', 'visibility', 'stores']);

function facetOf(filter: Filter): Facet | null {
  if (filter.kind === 'tag') return ['tag', filter.value];
  if (filter.kind !== 'attribute') return null;
  if (!hashed.has(filter.name) && plain.has(filter.name)) return null;
  return ['attribute', filter.name, filter.value];
}
