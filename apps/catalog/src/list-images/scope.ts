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

/** The same scope without the principals, for images that were found by something else; living ones only. */
export function visibilityConditions(caller: Caller, query: ListQuery, sql: Statement): string[] {
  const conditions = ['i.listed', `i.os_hidden = ${sql.bind(query.hidden, 'boolean')}`];
  return [
    ...conditions,
    ...scopeConditions(caller, query, sql),
    ...(caller.operator ? [] : [seenBy(caller, query, sql)]),
  ];
}

function defaultOfOperator({ project }: Caller, sql: Statement): string {
  return project === null
    ? "i.visibility <> 'community'"
    : `(i.visibility <> 'community' OR i.owner = ${sql.bind(project, 'text')})`;
}

function seenBy({ project }: Caller, { visibility, memberStatuses }: ListQuery, sql: Statement): string {
  const toAll = ["i.visibility = 'public'"];
  if (visibility === 'all' || visibility === 'community') toAll.push("i.visibility = 'community'");
  if (project === null) return `(${toAll.join(' OR ')})`;
  const me = sql.bind(project, 'text');
  const answered = sql.bind(memberStatuses, 'text[]');
  // A scalar look-up per image: as EXISTS it may be planned as one scan of every member of every image.
  const shared = `i.visibility = 'shared' AND (SELECT m.status FROM image_members m
    WHERE m.image_id = i.id AND m.member_id = ${me}) = ANY (${answered})`;
  return `(i.owner = ${me} OR ${toAll.join(' OR ')} OR (${shared}))`;
}
