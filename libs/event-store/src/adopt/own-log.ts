import type pg from 'pg';

type Queryable = Pick<pg.ClientBase, 'query'>;

/** Where a log stands against the cluster that it is in; null while they fit. Decimal texts. */
export interface ForeignLog {
  readonly highestTransaction: string;
  readonly nextTransaction: string;
}

/**
 * Whatever this cluster wrote has a transaction id below its next one. Where a log has higher ones (a restored dump, the
 * copy of another cluster), new events would sort before old ones, and readers would wait for ids that never ran here.
 */
export async function foreignLog(queryable: Queryable): Promise<ForeignLog | null> {
  const { rows } = await queryable.query<{ highest: string; next: string; foreign: boolean }>(
    `SELECT e.transaction_id::text AS highest, pg_snapshot_xmax(pg_current_snapshot())::text AS next,
            e.transaction_id >= pg_snapshot_xmax(pg_current_snapshot()) AS foreign
       FROM log.events e ORDER BY e.transaction_id DESC, e.position DESC LIMIT 1`,
  );
  const [last] = rows;
  return last?.foreign ? { highestTransaction: last.highest, nextTransaction: last.next } : null;
}

/** At boot. Throws with what to do when the log comes from another cluster. */
export async function assertOwnLog(queryable: Queryable): Promise<void> {
  const foreign = await foreignLog(queryable);
  if (!foreign) return;
  throw new Error(
    `the log comes from another cluster (a restored dump?): it has transaction ids up to ${foreign.highestTransaction}, ` +
      `and the next one here is ${foreign.nextTransaction}. Run adopt-log once (npm run adopt-log), then start again`,
  );
}
