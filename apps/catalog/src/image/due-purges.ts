import type { SqlExecutor } from '@cloud-images/event-store';

// Which pending deletions become final when: a timer's list, written with the events. The event says the same, and it
// is what counts when the time has come.
export const duePurgesTable = `
CREATE TABLE log.due_purges (
  image_id uuid PRIMARY KEY,
  purge_at timestamptz NOT NULL
);
CREATE INDEX due_purges_by_time ON log.due_purges (purge_at);
`;

export async function purgeLater(sql: SqlExecutor, imageId: string, purgeAt: string): Promise<void> {
  await sql.query(
    `INSERT INTO due_purges (image_id, purge_at) VALUES ($1, $2)
     ON CONFLICT (image_id) DO UPDATE SET purge_at = excluded.purge_at`,
    [imageId, purgeAt],
  );
}

export async function neverMindPurge(sql: SqlExecutor, imageId: string): Promise<void> {
  await sql.query('DELETE FROM due_purges WHERE image_id = $1', [imageId]);
}

/** Ids in lowercase. */
export async function duePurges(sql: SqlExecutor, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ image_id: string }>(
    'SELECT image_id::text AS image_id FROM due_purges WHERE purge_at <= clock_timestamp() ORDER BY purge_at LIMIT $1',
    [limit],
  );
  return rows.map(({ image_id }) => image_id);
}
