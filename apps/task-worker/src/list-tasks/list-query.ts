import { Refusal } from '@cloud-images/contracts';
import type { Offers } from '../task/offers.js';

const largestPage = 1000;
const pageSize = 25;
export const sortKeys = ['created_at', 'updated_at', 'expires_at', 'id', 'type', 'status'] as const;
export type SortKey = (typeof sortKeys)[number];
const statuses = ['pending', 'processing', 'success', 'failure'];
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export interface ListQuery {
  readonly type: string | null;
  readonly status: string | null;
  readonly sortKey: SortKey;
  readonly ascending: boolean;
  readonly limit: number;
  readonly marker: string | null;
  /** As given: links keep them. */
  readonly parameters: readonly (readonly [string, string])[];
}

/** Throws a refusal with the parameter's name. What is no parameter of this list is ignored, as Glance does. */
export function readListQuery(parameters: readonly (readonly [string, string])[], offers: Offers): ListQuery {
  const given = new Map(parameters);
  const type = given.get('type') ?? null;
  const status = given.get('status') ?? null;
  const sortKey = given.get('sort_key') ?? 'created_at';
  const direction = given.get('sort_dir') ?? 'desc';
  const marker = given.get('marker') ?? null;
  if (type !== null && !offers.has(type)) throw new Refusal('invalid-filter', `There is no type of task '${type}'.`);
  if (status !== null && !statuses.includes(status)) {
    throw new Refusal('invalid-filter', `'status' is one of ${statuses.join(', ')}.`);
  }
  if (!isSortKey(sortKey)) throw new Refusal('invalid-sort', `'sort_key' is one of ${sortKeys.join(', ')}.`);
  if (direction !== 'asc' && direction !== 'desc') throw new Refusal('invalid-sort', "'sort_dir' is asc or desc.");
  if (marker !== null && !uuid.test(marker)) throw unknownMarker();
  return {
    ...{ type, status, sortKey, marker, parameters },
    ascending: direction === 'asc',
    limit: readLimit(given.get('limit')),
  };
}

export const unknownMarker = (): Refusal => new Refusal('invalid-marker', "'marker' is no task that you can see.");

const isSortKey = (text: string): text is SortKey => (sortKeys as readonly string[]).includes(text);

function readLimit(text: string | undefined): number {
  if (text === undefined) return pageSize;
  if (!/^\d{1,9}$/.test(text)) throw new Refusal('invalid-limit', "'limit' takes a whole number.");
  return Math.min(Number(text), largestPage);
}

/** The first page of the same query, or the one behind `marker`; every other parameter is kept. */
export function linkOf({ parameters }: ListQuery, marker?: string): string {
  const kept = parameters.filter(([key]) => key !== 'marker').map(([key, value]): [string, string] => [key, value]);
  const query = new URLSearchParams(marker === undefined ? kept : [...kept, ['marker', marker]]).toString();
  return query === '' ? '/v2/tasks' : `/v2/tasks?${query}`;
}
