import { facetHash, standardFacets, type Facet } from '../read-model/facets.js';
import { rangesOf, timeCondition } from './conditions.js';
import type { Filter } from './filters.js';
import type { ListQuery } from './list-query.js';
import { after, comparison, orderBy, type Marker } from './ordering.js';
import type { Statement } from './statement.js';

/**
 * Where the images of a filtered list are looked for: a CTE `candidate (id)` of a bounded number of rows, and whether the
 * bound cut it short. A source `inOrder` settles its first images even when it was cut.
 */
export interface Source {
  readonly ctes: string;
  readonly cut: string;
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
  const direction = query.sort[0]?.direction ?? 'desc';
  const conditions = rangesOf(query.filters, 'created_at').map((range) => timeCondition('v.created_at', range, sql));
  if (marker !== null) {
    const place = `${sql.bind(marker.created_at, 'timestamptz')}, ${sql.bind(marker.id, 'uuid')}`;
    conditions.push(`(v.created_at, v.id) ${comparison(direction)} (${place})`);
  }
  const start = conditions.map((condition) => `AND ${condition}`).join(' ');
  const order = `ORDER BY v.created_at ${direction}, v.id ${direction}`;
  const reverse = direction === 'asc' ? 'desc' : 'asc';
  return {
    ctes: `${principals(names, query, window, start, order, sql)},
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
  };
}

/** The images that the most telling filter leaves, whoever sees them; null when no filter has an index. */
export function byFilter(query: ListQuery, bound: number, sql: Statement): Source | null {
  const from = telling(query.filters, sql);
  if (from === null) return null;
  return {
    ctes: `candidate AS MATERIALIZED (${from} LIMIT ${bound + 1})`,
    cut: `(SELECT count(*) FROM candidate) > ${bound}`,
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
  const updated = rangesOf(filters, 'updated_at').find((range) => range.from !== null);
  if (updated) return `SELECT i.id FROM images i WHERE i.listed AND ${timeCondition('i.updated_at', updated, sql)}`;
  return null;
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
