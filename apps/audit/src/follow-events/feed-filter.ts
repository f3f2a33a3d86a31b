import type { EntryFilter } from '../ledger/entry-filter.js';
import type { Scope } from '../ledger/find-entries.query.js';

/** A sealed event as the feed has it in hand. */
export interface FeedItem {
  readonly position: number;
  readonly entry: string;
  readonly type: string;
  readonly kind: string;
  readonly image_id: string;
  readonly actor: string;
  readonly project: string | null;
  readonly request_id: string;
  /** Milliseconds. */
  readonly recorded_at: number;
  readonly readers: readonly string[];
}

/** Says of each event what the list would say of it. */
export function feedFilter(scope: Scope, filter: EntryFilter): (item: FeedItem) => boolean {
  const since = filter.since === null ? null : Date.parse(filter.since);
  const until = filter.until === null ? null : Date.parse(filter.until);
  const same = (wanted: string | null, value: string | null): boolean => wanted === null || wanted === value;
  const among = (wanted: readonly string[], value: string): boolean => wanted.length === 0 || wanted.includes(value);
  return (item) =>
    (scope === 'all' || item.readers.includes(scope.project)) &&
    among(filter.types, item.type) &&
    among(filter.kinds, item.kind) &&
    same(filter.image, item.image_id) &&
    same(filter.task, item.image_id) &&
    same(filter.actor, item.actor) &&
    same(filter.project, item.project) &&
    same(filter.request, item.request_id) &&
    (since === null || item.recorded_at >= since) &&
    (until === null || item.recorded_at < until);
}
