import type { SqlExecutor } from '@cloud-images/event-store';
import { provableSize } from '../ledger/checkpoints.query.js';
import { readFilter, type EntryFilter, type Parameters } from '../ledger/entry-filter.js';
import { findEntries, type Scope } from '../ledger/find-entries.query.js';
import { sizeOf } from '../ledger/known.query.js';
import { Refusal } from '@cloud-images/contracts';
import type { LedgerEntry } from '@cloud-images/ledger';
import { assertMaySeePeople, type RequestPeople } from '../ledger/request-people.js';

const PAGE = 25;
const LARGEST_PAGE = 1_000;

export interface PageOptions {
  readonly path: string;
  readonly scope: Scope;
  readonly order: 'asc' | 'desc';
  readonly people: RequestPeople;
  /** Conditions beyond those of the URL. */
  readonly narrowed?: Partial<EntryFilter>;
}

/** A page of events as JSON, and how many are on it. The entries are handed through as they were sealed. */
export async function eventPage(
  sql: SqlExecutor,
  parameters: Parameters,
  options: PageOptions,
): Promise<{ readonly body: string; readonly count: number }> {
  const filter = { ...readFilter(parameters), ...options.narrowed };
  const order = parameters.oneOf('order', ['asc', 'desc']) ?? options.order;
  const after = parameters.count('after');
  const limit = limitOf(parameters);
  const withPeople = parameters.oneOf('with', ['request_contexts']) !== null;
  if (withPeople) assertMaySeePeople(options.scope);
  parameters.end();
  const [{ entries, next }, provable, size] = await Promise.all([
    findEntries(sql, { scope: options.scope, filter, order, after, limit }),
    provableSize(sql),
    sizeOf(sql),
  ]);
  const link =
    next === null ? '' : `,"next":${JSON.stringify(`${options.path}?${parameters.with('after', String(next))}`)}`;
  const people = withPeople
    ? `,"request_contexts":${JSON.stringify(await options.people.of(entries.map(({ entry }) => JSON.parse(entry) as LedgerEntry)))}`
    : '';
  const events = entries.map(({ entry }) => entry).join(',');
  return {
    count: entries.length,
    body: `{"events":[${events}],"size":${size},"provable_size":${provable}${people}${link}}`,
  };
}

function limitOf(parameters: Parameters): number {
  const limit = parameters.count('limit') ?? PAGE;
  if (limit === 0) throw new Refusal('invalid-limit', "'limit' is at least 1.");
  return Math.min(limit, LARGEST_PAGE);
}
