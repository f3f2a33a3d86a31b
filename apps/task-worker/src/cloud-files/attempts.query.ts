import { randomUUID } from 'node:crypto';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { Segment } from './manifest.js';
import type { ObjectFacts, ObjectPath } from './objects.query.js';

/** One try to write an object's data, under a key that is never used again. */
export interface Attempt {
  readonly attempt: string;
  readonly key: string;
}

/** All keys of Cloud Files begin so: image data lies elsewhere. */
export const filesKeyPrefix = 'files/';

const inSeconds = (parameter: string) => `clock_timestamp() + make_interval(secs => ${parameter})`;

/** The key is known before its first byte is written. */
export async function beginAttempt(sql: SqlExecutor, leaseSeconds: number): Promise<Attempt> {
  const attempt = randomUUID();
  const key = `${filesKeyPrefix}${attempt.slice(0, 2)}/${attempt.slice(2, 4)}/${attempt}`;
  await sql.query(`INSERT INTO cloud_files.data (attempt, key, lease_until) VALUES ($1, $2, ${inSeconds('$3')})`, [
    attempt,
    key,
    leaseSeconds,
  ]);
  return { attempt, key };
}

/** False when the attempt has ended. */
export async function renewAttempt(sql: SqlExecutor, attempt: string, leaseSeconds: number): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE cloud_files.data SET lease_until = ${inSeconds('$2')} WHERE attempt = $1 AND lease_until IS NOT NULL`,
    [attempt, leaseSeconds],
  );
  return rowCount > 0;
}

/** What was written, if anything, is to be removed. */
export async function failAttempt(sql: SqlExecutor, attempt: string): Promise<void> {
  await sql.query(
    `UPDATE cloud_files.data SET lease_until = NULL, remove_after = clock_timestamp()
     WHERE attempt = $1 AND lease_until IS NOT NULL`,
    [attempt],
  );
}

export type Outcome = 'stored' | 'exists' | 'no container' | 'ended';

export interface Completion {
  readonly path: ObjectPath;
  readonly facts: ObjectFacts;
  /** What it is made of, when nothing is written under the attempt's key. */
  readonly manifest?: readonly Segment[];
  /** Only where there is no such object yet. */
  readonly ifAbsent: boolean;
  /** How long the data of an object that this one takes the place of may still be read. */
  readonly graceSeconds: number;
}

/**
 * The object is there with this data, and its container counts it, in one statement; saying it twice is harmless. Anything
 * but `stored` leaves the attempt as it was.
 */
export async function completeAttempt(sql: SqlExecutor, attempt: string, done: Completion): Promise<Outcome> {
  const { path, facts, manifest, ifAbsent, graceSeconds } = done;
  const { rows } = await sql.query<{ stored: string }>(
    `WITH attempt AS (
       SELECT attempt FROM cloud_files.data WHERE attempt = $1 AND lease_until IS NOT NULL FOR UPDATE
     ), place AS (
       SELECT project, name FROM cloud_files.containers WHERE project = $2 AND name = $3 FOR UPDATE
     ), stored AS (
       INSERT INTO cloud_files.objects AS o (project, container, name, attempt, size, md5, content_type, metadata, origin, delete_at, manifest)
       SELECT place.project, place.name, $4, attempt.attempt, $5::bigint, $6, $7, $8::jsonb, $11, $12::timestamptz, $13::jsonb FROM attempt, place
       ON CONFLICT (project, container, name) DO UPDATE
         SET attempt = EXCLUDED.attempt, size = EXCLUDED.size, md5 = EXCLUDED.md5, metadata = EXCLUDED.metadata,
           content_type = EXCLUDED.content_type, origin = EXCLUDED.origin, delete_at = EXCLUDED.delete_at,
           manifest = EXCLUDED.manifest, modified_at = clock_timestamp()
         WHERE NOT $9::boolean OR o.delete_at <= clock_timestamp()
       RETURNING OLD.attempt AS replaced, 
         CASE WHEN OLD.manifest IS NULL THEN coalesce(OLD.size, 0) ELSE 0 END AS replaced_size
     ), kept AS (
       UPDATE cloud_files.data SET lease_until = NULL, sha512 = $14 FROM stored WHERE data.attempt = $1
     ), unused AS (
       UPDATE cloud_files.data SET remove_after = ${inSeconds('$10')} FROM stored WHERE data.attempt = stored.replaced
     ), counted AS (
       UPDATE cloud_files.containers c
       SET objects = c.objects + (CASE WHEN stored.replaced IS NULL THEN 1 ELSE 0 END),
         bytes = c.bytes + (CASE WHEN $13::jsonb IS NULL THEN $5::bigint ELSE 0 END) - stored.replaced_size
       FROM stored WHERE c.project = $2 AND c.name = $3
     )
     SELECT count(*) AS stored FROM stored`,
    [
      attempt,
      path.project,
      path.container,
      path.name,
      facts.size,
      facts.md5,
      facts.content_type,
      JSON.stringify(facts.metadata),
      ifAbsent,
      graceSeconds,
      facts.origin,
      facts.delete_at,
      manifest === undefined ? null : JSON.stringify(manifest),
      facts.sha512,
    ],
  );
  return rows[0]?.stored === '1' ? 'stored' : why(sql, attempt, path);
}

async function why(sql: SqlExecutor, attempt: string, { project, container }: ObjectPath): Promise<Outcome> {
  const { rows } = await sql.query<{ open: boolean | null; had: boolean; place: boolean }>(
    `SELECT (SELECT lease_until IS NOT NULL FROM cloud_files.data WHERE attempt = $1) AS open,
       (SELECT lease_until IS NULL AND remove_after IS NULL AND NOT removed FROM cloud_files.data WHERE attempt = $1) AS had,
       EXISTS (SELECT FROM cloud_files.containers WHERE project = $2 AND name = $3) AS place`,
    [attempt, project, container],
  );
  const { open, had, place } = rows[0]!;
  if (had) return 'stored';
  if (open !== true) return 'ended';
  return place ? 'exists' : 'no container';
}

/** Attempts whose writer has not been heard of: nobody may complete them any more. Says how many. */
export async function expireAttempts(sql: SqlExecutor): Promise<number> {
  const { rowCount } = await sql.query(
    `UPDATE cloud_files.data SET lease_until = NULL, remove_after = clock_timestamp()
     WHERE lease_until < clock_timestamp()`,
  );
  return rowCount;
}

export async function unusedData(sql: SqlExecutor, limit: number): Promise<Attempt[]> {
  const { rows } = await sql.query<Attempt>(
    `SELECT attempt::text AS attempt, key FROM cloud_files.data
     WHERE remove_after < clock_timestamp() ORDER BY remove_after LIMIT $1`,
    [limit],
  );
  return rows;
}

/** The row stays: a writer that was paused may still publish under the key. */
export async function dataRemoved(sql: SqlExecutor, attempt: string): Promise<void> {
  await sql.query('UPDATE cloud_files.data SET remove_after = NULL, removed = true WHERE attempt = $1', [attempt]);
}

/** Of keys found in the store, those that hold what was removed, and those that nobody knows. */
export async function strayKeys(
  sql: SqlExecutor,
  keys: readonly string[],
): Promise<{ readonly late: readonly string[]; readonly unknown: readonly string[] }> {
  const { rows } = await sql.query<{ key: string; removed: boolean }>(
    'SELECT key, removed FROM cloud_files.data WHERE key = ANY ($1)',
    [keys],
  );
  const known = new Map(rows.map(({ key, removed }) => [key, removed]));
  return { late: keys.filter((key) => known.get(key) === true), unknown: keys.filter((key) => !known.has(key)) };
}
