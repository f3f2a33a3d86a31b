import { isOperator, type Identity } from '@cloud-images/contracts';
import { principal } from '@cloud-images/image-model';
import type { ListQuery } from './list-query.js';
import type { Statement } from './statement.js';

/** For whom a list is made. */
export interface Caller {
  readonly project: string | null;
  readonly operator: boolean;
}

export const callerOf = (identity: Identity): Caller => ({
  project: identity.project,
  operator: isOperator(identity),
});

/** The principals whose images make up the list. One image may be under several of them. */
export function principalsFor(caller: Caller, query: ListQuery): string[] {
  return [...(query.living ? living(caller, query) : []), ...(query.removed ? removed(caller, query) : [])];
}

function living(caller: Caller, query: ListQuery): string[] {
  const { visibility } = query;
  const wanted = ownerWanted(query);
  // An owner's own row holds all of its images, which is what an admin or that owner may see of them.
  if (wanted !== null && (caller.operator || wanted === caller.project)) return [principal.owner(wanted)];
  if (visibility === 'public') return [principal.public];
  if (visibility === 'community') return [principal.community];
  const own = caller.project === null ? [] : [principal.owner(caller.project)];
  if (caller.operator) return [principal.operator, ...(visibility === 'all' ? [principal.community] : own)];
  return [
    ...own,
    ...(visibility === null || visibility === 'all' ? [principal.public] : []),
    ...(visibility === 'all' ? [principal.community] : []),
    ...(visibility === 'private' ? [] : shares(caller, query)),
  ];
}

const shares = ({ project }: Caller, { memberStatuses }: ListQuery): string[] =>
  project === null ? [] : memberStatuses.map((status) => principal.share(project, status));

/** Deleted images are their owner's and an admin's to see. */
function removed(caller: Caller, query: ListQuery): string[] {
  const wanted = ownerWanted(query);
  if (caller.operator) return [wanted === null ? principal.removed : principal.removedOf(wanted)];
  return caller.project === null ? [] : [principal.removedOf(caller.project)];
}

function ownerWanted({ filters }: ListQuery): string | null {
  const owner = filters.find((filter) => filter.kind === 'owner');
  return owner === undefined ? null : owner.value;
}

/** What the principals alone leave open, as conditions on `images i`. */
export function scopeConditions(caller: Caller, query: ListQuery, sql: Statement): string[] {
  const { visibility } = query;
  if (visibility !== null && visibility !== 'all') return [`i.visibility = ${sql.bind(visibility, 'text')}`];
  if (visibility === null && caller.operator) return [defaultOfOperator(caller, sql)];
  return [];
}

/** Whether the caller lists rows `c`, which were found by something else. */
export function listedBy(principals: readonly string[], { hidden }: ListQuery, sql: Statement): string {
  // A scalar look-up per row: as EXISTS it may be planned as one scan of all that the caller lists.
  return `(SELECT 1 FROM visible_images v
    WHERE v.principal = ANY (${sql.bind(principals, 'text[]')}) AND v.os_hidden = ${sql.bind(hidden, 'boolean')}
      AND v.created_at = c.created_at AND v.id = c.id LIMIT 1) = 1`;
}

function defaultOfOperator({ project }: Caller, sql: Statement): string {
  return project === null
    ? "i.visibility <> 'community'"
    : `(i.visibility <> 'community' OR i.owner = ${sql.bind(project, 'text')})`;
}
