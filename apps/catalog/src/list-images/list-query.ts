import { Refusal } from '@cloud-images/contracts';
import { type ImageStatus, isDeleted, type MemberStatus, type Visibility } from '@cloud-images/image-model';
import { bad, flag, parseFilter, type Filter } from './filters.js';
import { parseSort, type Sort } from './sorting.js';

/**
 * What a list request asks for. Without parameters: one's own images, public ones and shared ones that one accepted,
 * newest first; never a killed one, a deleted one only by its status. Every bad value is a refusal.
 */
export interface ListQuery {
  readonly visibility: Visibility | 'all' | null;
  readonly memberStatuses: readonly MemberStatus[];
  readonly hidden: boolean;
  /** Whether the statuses asked for are ones of living images, of deleted ones, or of both. */
  readonly living: boolean;
  readonly removed: boolean;
  readonly filters: readonly Filter[];
  readonly sort: readonly Sort[];
  readonly limit: number;
  readonly marker: string | null;
  /** All parameters as they came, for the links. */
  readonly parameters: readonly (readonly [string, string])[];
}

const PAGE = 25;
const LARGEST_PAGE = 1000;
const visibilities = ['public', 'private', 'shared', 'community', 'all'];
const memberStatuses = ['accepted', 'pending', 'rejected'] as const;
const controls = new Set([
  'limit',
  'marker',
  'sort',
  'sort_key',
  'sort_dir',
  'visibility',
  'member_status',
  'os_hidden',
]);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `search` is what follows the question mark. */
export function parseListQuery(search: string): ListQuery {
  const parameters = [...new URLSearchParams(search)];
  const all = (key: string) => parameters.filter(([name]) => name === key).map(([, value]) => value);
  const single = (key: string, refusal: (message: string) => Refusal = bad): string | undefined => {
    const values = all(key);
    if (values.length > 1) throw refusal(`'${key}' can be given once only.`);
    return values[0];
  };
  for (const [key, value] of parameters) {
    if (unstorable(key) || unstorable(value)) throw bad('A parameter holds characters that no image can have.');
  }
  const filters = parameters
    .filter(([key]) => !controls.has(key))
    .map(([key, value]) => parseFilter(key, value))
    .filter((filter) => filter !== undefined);
  return {
    visibility: visibilityOf(single('visibility')),
    memberStatuses: memberStatusesOf(single('member_status')),
    hidden: flag('os_hidden', single('os_hidden') ?? 'false'),
    living: statusesAllow(filters, (status) => !isDeleted(status)),
    removed: filters.some(isStatus) && statusesAllow(filters, isDeleted),
    filters,
    sort: parseSort(all('sort'), all('sort_key'), all('sort_dir')),
    limit: limitOf(single('limit', (message) => new Refusal('invalid-limit', message))),
    marker: markerOf(single('marker', (message) => new Refusal('invalid-marker', message))),
    parameters,
  };
}

/** NUL, which PostgreSQL's texts can't hold. (Half a surrogate pair does not survive percent-decoding.) */
const unstorable = (text: string): boolean => text.includes('\0');

const isStatus = (filter: Filter): filter is Filter & { kind: 'text' } =>
  filter.kind === 'text' && filter.column === 'status';

const statusesAllow = (filters: readonly Filter[], wanted: (status: ImageStatus) => boolean): boolean =>
  filters.filter(isStatus).every(({ values }) => values.some((value) => wanted(value as ImageStatus)));

function visibilityOf(value: string | undefined): ListQuery['visibility'] {
  if (value === undefined) return null;
  if (!visibilities.includes(value)) throw bad(`'visibility' is one of ${visibilities.join(', ')}.`);
  return value as Visibility | 'all';
}

function memberStatusesOf(value = 'accepted'): readonly MemberStatus[] {
  if (value === 'all') return memberStatuses;
  const status = memberStatuses.find((known) => known === value);
  if (status === undefined) throw bad(`'member_status' is one of ${memberStatuses.join(', ')}, all.`);
  return [status];
}

function limitOf(value: string | undefined): number {
  if (value === undefined) return PAGE;
  if (!/^\d+$/.test(value)) throw new Refusal('invalid-limit', "'limit' takes a whole number, 0 or more.");
  return Math.min(Number(value), LARGEST_PAGE);
}

function markerOf(value: string | undefined): string | null {
  if (value === undefined) return null;
  if (!uuid.test(value)) throw unknownMarker();
  return value.toLowerCase();
}

export const unknownMarker = (): Refusal =>
  new Refusal('invalid-marker', "'marker' is not the id of an image that you can see.");
