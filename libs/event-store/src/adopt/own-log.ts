import type pg from 'pg';

type Queryable = Pick<pg.ClientBase, 'query'>;

/**
 * Why a log is not this database's own, in words; null when it is. It was written elsewhere when its home says so: a dump
 * restored in another cluster, or here in a database's place. A log that was restored before it knew its home shows by
 * transaction ids that this cluster has not reached: new events would sort before old ones, and readers would wait for ids
 * that never ran here.
 */
export async function foreignLog(queryable: Queryable): Promise<string | null> {
  const { rows } = await queryable.query<{ home: string; here: string; highest: string | null; next: string }>(
    `SELECT i.home, log.home() AS here, pg_snapshot_xmax(pg_current_snapshot())::text AS next,
            (SELECT e.transaction_id::text FROM log.events e
              WHERE e.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
              ORDER BY e.transaction_id DESC, e.position DESC LIMIT 1) AS highest
       FROM log.identity i`,
  );
  const [seen] = rows;
  if (!seen) throw new Error('the log has no identity');
  if (seen.home !== seen.here) return `it was written in ${seen.home} (cluster/database), and this is ${seen.here}`;
  if (seen.highest === null) return null;
  return `it has transaction ids up to ${seen.highest}, and the next one here is ${seen.next}`;
}

/** At boot. Throws with what to do when the log comes from elsewhere. */
export async function assertOwnLog(queryable: Queryable): Promise<void> {
  const why = await foreignLog(queryable);
  if (why === null) return;
  throw new Error(
    `the log comes from another cluster or database (a restored dump?): ${why}. ` +
      'Run adopt-log once (npm run adopt-log), then start again',
  );
}
