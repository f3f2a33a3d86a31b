import type { SqlExecutor } from '@cloud-images/event-store';
import type { Metadata } from './metadata.js';

/** Which object. */
export interface ObjectPath {
  readonly project: string;
  readonly container: string;
  readonly name: string;
}

export interface ObjectFacts {
  /** bytes */
  readonly size: number;
  /** hex */
  readonly md5: string;
  /** hex; null when it is made of others, or was written before this was kept. */
  readonly sha512: string | null;
  readonly content_type: string;
  readonly metadata: Metadata;
  /** The task that made it; null when somebody put it there. */
  readonly origin: string | null;
  /** From then on it is not there; null: it stays. */
  readonly delete_at: Date | null;
}

export interface StoredObject extends ObjectFacts {
  readonly name: string;
  /** Of its data in the blob store. */
  readonly key: string;
  readonly modified_at: Date;
  /** Made of others: the data is theirs. */
  readonly segmented: boolean;
}

type Row = Omit<StoredObject, 'size' | 'modified_at' | 'delete_at'> & {
  size: string;
  modified_at: string;
  delete_at: string | null;
};

const columns =
  'o.name, d.key, o.size, o.md5, d.sha512, o.content_type, o.metadata, o.origin, o.modified_at, o.delete_at, ' +
  'o.manifest IS NOT NULL AS segmented';
/** What has expired is gone for everybody, before and after it is removed. */
export const alive = '(o.delete_at IS NULL OR o.delete_at > clock_timestamp())';
const read = (row: Row): StoredObject => ({
  ...row,
  size: Number(row.size),
  modified_at: new Date(row.modified_at),
  delete_at: row.delete_at === null ? null : new Date(row.delete_at),
});

export async function findObject(sql: SqlExecutor, path: ObjectPath): Promise<StoredObject | null> {
  const { rows } = await sql.query<Row>(
    `SELECT ${columns} FROM cloud_files.objects o JOIN cloud_files.data d USING (attempt)
     WHERE o.project = $1 AND o.container = $2 AND o.name = $3 AND ${alive}`,
    [path.project, path.container, path.name],
  );
  return rows[0] === undefined ? null : read(rows[0]);
}

/** In the order of their names' bytes, beginning at `from`. */
export async function objectsFrom(
  sql: SqlExecutor,
  project: string,
  container: string,
  { from, inclusive, prefix, limit }: { from: string; inclusive: boolean; prefix: string; limit: number },
): Promise<StoredObject[]> {
  const { rows } = await sql.query<Row>(
    `SELECT ${columns} FROM cloud_files.objects o JOIN cloud_files.data d USING (attempt)
     WHERE o.project = $1 AND o.container = $2 AND o.name ${inclusive ? '>=' : '>'} $3 AND o.name >= $4
       AND starts_with(o.name, $4) AND ${alive}
     ORDER BY o.name LIMIT $5`,
    [project, container, from, prefix, limit],
  );
  return rows.map(read);
}

export interface Description {
  readonly metadata: Metadata;
  /** Null: as it was. */
  readonly contentType: string | null;
  /** Seconds since 1970. */
  readonly deleteAt: number | null;
}

/** False when there is no such object. */
export async function describeObject(
  sql: SqlExecutor,
  path: ObjectPath,
  { metadata, contentType, deleteAt }: Description,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE cloud_files.objects o
     SET metadata = $4, content_type = coalesce($5, content_type), delete_at = to_timestamp($6::float8),
       modified_at = clock_timestamp()
     WHERE project = $1 AND container = $2 AND name = $3 AND ${alive}`,
    [path.project, path.container, path.name, JSON.stringify(metadata), contentType, deleteAt],
  );
  return rowCount > 0;
}

/**
 * One statement, or the container's counts would not be those of its objects. False when there is no such object, or none
 * of that `origin` (empty: of any); with `expired`, none that has expired.
 */
export async function removeObject(
  sql: SqlExecutor,
  path: ObjectPath,
  graceSeconds: number,
  { origin = '', expired = false } = {},
): Promise<boolean> {
  const { rows } = await sql.query<{ gone: string }>(
    `WITH place AS (
       SELECT project, name FROM cloud_files.containers WHERE project = $1 AND name = $2 FOR UPDATE
     ), gone AS (
       DELETE FROM cloud_files.objects o USING place
       WHERE o.project = place.project AND o.container = place.name AND o.name = $3 AND ($5 = '' OR o.origin = $5)
         AND ${expired ? `NOT ${alive}` : alive}
       RETURNING o.attempt, CASE WHEN o.manifest IS NULL THEN o.size ELSE 0 END AS size
     ), unused AS (
       UPDATE cloud_files.data SET remove_after = clock_timestamp() + make_interval(secs => $4)
       FROM gone WHERE data.attempt = gone.attempt
     ), counted AS (
       UPDATE cloud_files.containers c SET objects = c.objects - 1, bytes = c.bytes - gone.size
       FROM gone WHERE c.project = $1 AND c.name = $2
     )
     SELECT count(*) AS gone FROM gone`,
    [path.project, path.container, path.name, graceSeconds, origin],
  );
  return rows[0]?.gone === '1';
}

/** Some of those whose time is over. */
export async function expiredObjects(sql: SqlExecutor, limit: number): Promise<ObjectPath[]> {
  const { rows } = await sql.query<ObjectPath>(
    `SELECT project, container, name FROM cloud_files.objects
     WHERE delete_at <= clock_timestamp() ORDER BY delete_at LIMIT $1`,
    [limit],
  );
  return rows;
}
