import { Refusal } from '@cloud-images/contracts';
import type { Parameters } from '../ledger/entry-filter.js';
import { readTime } from '../history/when.js';

const visibilities = ['public', 'private', 'shared', 'community', 'all'] as const;

export interface ThenQuery {
  readonly time: string;
  readonly visibility: (typeof visibilities)[number] | null;
  readonly hidden: boolean;
  readonly owner: string | null;
  readonly name: string | null;
  readonly status: string | null;
  readonly limit: number;
  /** Id of the last image seen. */
  readonly marker: string | null;
}

const PAGE = 25;
const LARGEST_PAGE = 1_000;

/** The parameters of `GET /v2/images?at=`: some of those of the list of today, and in its order by default. */
export function readThenQuery(parameters: Parameters): ThenQuery {
  const { time } = readTime(parameters);
  const limit = parameters.count('limit') ?? PAGE;
  if (limit === 0) throw new Refusal('invalid-limit', "'limit' is at least 1.");
  const query = {
    time,
    visibility: parameters.oneOf('visibility', visibilities),
    hidden: parameters.oneOf('os_hidden', ['true', 'false']) === 'true',
    owner: parameters.one('owner'),
    name: parameters.one('name'),
    status: parameters.one('status'),
    limit: Math.min(limit, LARGEST_PAGE),
    marker: parameters.one('marker')?.toLowerCase() ?? null,
  };
  parameters.end();
  return query;
}
