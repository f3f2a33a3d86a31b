import { isBaseName, isStandardProperty, type ShownTo, standingOf } from '@cloud-images/image-model';
import type { Filter } from './filters.js';
import type { ListQuery } from './list-query.js';

/**
 * The query as someone with these roles asks it; null when it can match nothing, because it asks for the value of a
 * property that they may not read: whether an image is listed would tell it.
 */
export function asCaller(query: ListQuery, roles: readonly string[], site: ShownTo): ListQuery | null {
  if (query.filters.length === 0) return query;
  const hidden = (filter: Filter): boolean =>
    filter.kind === 'attribute' &&
    !isBaseName(filter.name) &&
    !isStandardProperty(filter.name) &&
    !site.protections.may('read', filter.name, roles);
  if (query.filters.some(hidden)) return null;
  const filters = query.filters.map((filter) =>
    filter.kind === 'standard' ? { ...filter, standing: standingOf(site.standards, roles) } : filter,
  );
  return { ...query, filters };
}
