import type { SqlExecutor } from '@cloud-images/event-store';
import type { EntryFilter } from './entry-filter.js';
import { KEPT_LEVELS } from './tree.query.js';

/** Of positions in the ledger. */
export interface Bounds {
  readonly from: number;
  /** Without it; null is open. */
  readonly to: number | null;
}

/**
 * Which positions a time can be at, from what is known of each 256 events; null: none. Positions follow the order of
 * arrival, which is nearly that of time.
 */
export async function timeBounds(
  sql: SqlExecutor,
  { since, until }: Pick<EntryFilter, 'since' | 'until'>,
): Promise<Bounds | null> {
  if (since === null && until === null) return { from: 0, to: null };
  const { rows } = await sql.query<{ first: string | null; last: string | null; blocks: string }>(
    `SELECT min(index) FILTER (WHERE $1::timestamptz IS NULL OR latest >= $1::timestamptz)::text AS first,
            max(index) FILTER (WHERE $2::timestamptz IS NULL OR earliest < $2::timestamptz)::text AS last,
            count(*)::text AS blocks
       FROM ledger.subtrees WHERE level = ${KEPT_LEVELS}`,
    [since, until],
    'time_bounds',
  );
  const { first = null, last = null, blocks = '0' } = rows[0] ?? {};
  const size = 2 ** KEPT_LEVELS;
  // The events that fill no block yet can be of any time: they are looked at, but only from where blocks end.
  const from = (first === null ? Number(blocks) : Number(first)) * size;
  if (until === null) return { from, to: null };
  const open = Number(blocks) * size;
  const { rows: tail } = await sql.query<{ found: boolean }>(
    'SELECT EXISTS (SELECT FROM ledger.events WHERE position >= $1 AND recorded_at < $2::timestamptz) AS found',
    [open, until],
    'time_bounds_tail',
  );
  if (tail[0]?.found === true) return { from, to: null };
  return last === null ? null : { from, to: (Number(last) + 1) * size };
}
