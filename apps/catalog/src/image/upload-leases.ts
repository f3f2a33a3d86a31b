import type { SqlExecutor } from '@cloud-images/event-store';

// One row per attempt to upload, on the database's clock and beside the log, because a renewal is no fact worth keeping:
// while the attempt lives, until when; once nothing uses what lies under its key, since when, and from when on it is to be
// removed. Rows stay, so that a key found in the store leads to its image.
export const uploadLeasesTable = `
CREATE TABLE log.upload_leases (
  attempt uuid PRIMARY KEY,
  image_id uuid NOT NULL,
  key text COLLATE "C" NOT NULL UNIQUE,
  lease_until timestamptz,
  unused_since timestamptz,
  remove_after timestamptz
);
CREATE INDEX upload_leases_alive ON log.upload_leases (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX upload_leases_to_remove ON log.upload_leases (remove_after) WHERE remove_after IS NOT NULL;
`;

/** Migration 4. */
export const reservedColumn = 'ALTER TABLE log.upload_leases ADD COLUMN reserved bigint';

export interface Lease {
  readonly attempt: string;
  readonly image_id: string;
  readonly key: string;
}

const inSeconds = (parameter: string) => `clock_timestamp() + make_interval(secs => ${parameter})`;

export async function takeLease(
  sql: SqlExecutor,
  lease: Lease & { readonly reserved: number | null },
  seconds: number,
): Promise<void> {
  await sql.query(
    `INSERT INTO upload_leases (attempt, image_id, key, lease_until, reserved)
     VALUES ($1, $2, $3, ${inSeconds('$4')}, $5)`,
    [lease.attempt, lease.image_id, lease.key, seconds, lease.reserved],
  );
}

/**
 * False when the attempt has ended. One that is late but was not expired yet may go on. Never sooner than it was: a renewal
 * that arrives behind `layReady` must not cut its time.
 */
export async function renewLease(
  sql: SqlExecutor,
  { attempt, image_id }: Pick<Lease, 'attempt' | 'image_id'>,
  seconds: number,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE upload_leases SET lease_until = greatest(lease_until, ${inSeconds('$3')})
     WHERE attempt = $1 AND image_id = $2 AND lease_until IS NOT NULL`,
    [attempt, image_id, seconds],
  );
  return rowCount > 0;
}

/** From now on somebody works with what lay ready, and renews. False when there is no such lease. */
export async function restartLease(sql: SqlExecutor, attempt: string, seconds: number): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE upload_leases SET lease_until = ${inSeconds('$2')} WHERE attempt = $1 AND lease_until IS NOT NULL`,
    [attempt, seconds],
  );
  return rowCount > 0;
}

/** What was received lies ready, and counts; nobody renews it: it has its time. */
export async function layReady(sql: SqlExecutor, attempt: string, size: number, seconds: number): Promise<void> {
  await sql.query(`UPDATE upload_leases SET reserved = $2, lease_until = ${inSeconds('$3')} WHERE attempt = $1`, [
    attempt,
    size,
    seconds,
  ]);
}

/** The image has its data now: it stays. */
export async function keepData(sql: SqlExecutor, key: string): Promise<void> {
  await sql.query(
    'UPDATE upload_leases SET lease_until = NULL, unused_since = NULL, remove_after = NULL WHERE key = $1',
    [key],
  );
}

/** Nothing uses what lies under the key any more; it may be removed after some seconds. */
export async function releaseData(sql: SqlExecutor, key: string, graceSeconds = 0): Promise<void> {
  await sql.query(
    `UPDATE upload_leases SET lease_until = NULL, unused_since = clock_timestamp(), remove_after = ${inSeconds('$2')}
     WHERE key = $1`,
    [key, graceSeconds],
  );
}

/** False when the lease was renewed meanwhile, or has ended already. */
export async function expireLease(sql: SqlExecutor, attempt: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE upload_leases
     SET lease_until = NULL, unused_since = clock_timestamp(), remove_after = clock_timestamp()
     WHERE attempt = $1 AND lease_until < clock_timestamp()`,
    [attempt],
  );
  return rowCount > 0;
}

/** Attempts that are alive, or late and not yet expired. */
export async function openUploads(sql: SqlExecutor): Promise<number> {
  const { rows } = await sql.query<{ open: string }>(
    'SELECT count(*) AS open FROM upload_leases WHERE lease_until IS NOT NULL',
  );
  return Number(rows[0]?.open);
}

/** What lay under the key is gone. */
export async function forgetData(sql: SqlExecutor, key: string): Promise<void> {
  await sql.query('UPDATE upload_leases SET remove_after = NULL WHERE key = $1', [key]);
}

const columns = 'attempt::text AS attempt, image_id::text AS image_id, key';

export async function lapsedLeases(sql: SqlExecutor, limit: number): Promise<Lease[]> {
  const { rows } = await sql.query<Lease>(
    `SELECT ${columns} FROM upload_leases WHERE lease_until < clock_timestamp() ORDER BY lease_until LIMIT $1`,
    [limit],
  );
  return rows;
}

export async function removableData(sql: SqlExecutor, limit: number): Promise<Lease[]> {
  const { rows } = await sql.query<Lease>(
    `SELECT ${columns} FROM upload_leases WHERE remove_after < clock_timestamp() ORDER BY remove_after LIMIT $1`,
    [limit],
  );
  return rows;
}

/** Of keys found in the store: whether data may lie there, and whether its removal is under way. Unknown keys are left out. */
export async function expectedData(
  sql: SqlExecutor,
  keys: readonly string[],
): Promise<ReadonlyMap<string, 'used' | 'to be removed' | 'unused'>> {
  const { rows } = await sql.query<{ key: string; unused: boolean; listed: boolean }>(
    `SELECT key, unused_since IS NOT NULL AS unused, remove_after IS NOT NULL AS listed
     FROM upload_leases WHERE key = ANY ($1)`,
    [keys],
  );
  return new Map(rows.map(({ key, unused, listed }) => [key, unused ? (listed ? 'to be removed' : 'unused') : 'used']));
}
