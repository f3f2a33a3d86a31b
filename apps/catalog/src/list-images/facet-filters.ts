import { facetHash, standardFacets, type Facet } from '../read-model/facets.js';
import type { Filter } from './filters.js';
import type { ListQuery } from './list-query.js';
import type { Statement } from './statement.js';

/**
 * What the filters name exactly: for each such filter the hashes of which an image that passes has at least one. Deleted
 * images have no facets: a list that may show one names none.
 */
export function facetsNamed({ filters, removed }: ListQuery): string[][] {
  return removed ? [] : filters.map(hashesOf).filter((hashes) => hashes !== null);
}

/** Rows `c` that pass those filters as far as hashes tell, without a look at the images. */
export const facetConditions = (query: ListQuery, sql: Statement): string[] =>
  facetsNamed(query).map((hashes) => {
    const named =
      hashes.length === 1 ? `= ${sql.bind(hashes[0], 'bigint')}` : `= ANY (${sql.bind(hashes, 'bigint[]')})`;
    // A scalar look-up per row: as EXISTS it may be planned as one scan of all that has the facet.
    return `(SELECT 1 FROM faceted_images f
      WHERE f.facet ${named} AND f.created_at = c.created_at AND f.id = c.id LIMIT 1) = 1`;
  });

function hashesOf(filter: Filter): string[] | null {
  if (filter.kind === 'standard') return filter.value ? standardFacets(filter.standing).map(facetHash) : null;
  const facet = facetOf(filter);
  return facet === null ? null : [facetHash(facet)];
}

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
