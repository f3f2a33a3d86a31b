import type { SqlExecutor } from '@cloud-images/event-store';
import type { Metadata } from './metadata.js';

export interface Container {
  readonly name: string;
  readonly created_at: Date;
  readonly metadata: Metadata;
  readonly objects: number;
  /** of all objects together */
  readonly bytes: number;
}

const columns = 'name, created_at, metadata, objects, bytes';

type Row = Omit<Container, 'created_at' | 'objects' | 'bytes'> & { created_at: string; objects: string; bytes: string };

const read = (row: Row): Container => ({
  ...row,
  created_at: new Date(row.created_at),
  objects: Number(row.objects),
  bytes: Number(row.bytes),
});

export async function findContainer(sql: SqlExecutor, project: string, name: string): Promise<Container | null> {
  const { rows } = await sql.query<Row>(
    `SELECT ${columns} FROM cloud_files.containers WHERE project = $1 AND name = $2`,
    [project, name],
  );
  return rows[0] === undefined ? null : read(rows[0]);
}

/** `made` is false when it was there. */
export async function makeContainer(
  sql: SqlExecutor,
  project: string,
  name: string,
): Promise<{ readonly made: boolean }> {
  const { rowCount } = await sql.query(
    'INSERT INTO cloud_files.containers (project, name) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [project, name],
  );
  return { made: rowCount > 0 };
}

/** False when there is no such container. */
export async function describeContainer(
  sql: SqlExecutor,
  project: string,
  name: string,
  metadata: Metadata,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    'UPDATE cloud_files.containers SET metadata = $3::jsonb WHERE project = $1 AND name = $2',
    [project, name, JSON.stringify(metadata)],
  );
  return rowCount > 0;
}

export async function removeContainer(
  sql: SqlExecutor,
  project: string,
  name: string,
): Promise<'removed' | 'not empty' | 'absent'> {
  const { rowCount } = await sql.query(
    'DELETE FROM cloud_files.containers WHERE project = $1 AND name = $2 AND objects = 0',
    [project, name],
  );
  if (rowCount > 0) return 'removed';
  return (await findContainer(sql, project, name)) === null ? 'absent' : 'not empty';
}

/** In the order of their names, after `marker` and before `end`. */
export async function listContainers(
  sql: SqlExecutor,
  project: string,
  { marker, end, prefix, limit }: { marker: string; end: string; prefix: string; limit: number },
): Promise<Container[]> {
  const { rows } = await sql.query<Row>(
    `SELECT ${columns} FROM cloud_files.containers
     WHERE project = $1 AND name > $2 AND name >= $3 AND starts_with(name, $3) AND ($4 = '' OR name < $4)
     ORDER BY name LIMIT $5`,
    [project, marker, prefix, end, limit],
  );
  return rows.map(read);
}

export async function accountTotals(
  sql: SqlExecutor,
  project: string,
): Promise<{ containers: number; objects: number; bytes: number; metadata: Metadata }> {
  const { rows } = await sql.query<{ containers: string; objects: string; bytes: string; metadata: Metadata | null }>(
    `SELECT count(*) AS containers, coalesce(sum(objects), 0) AS objects, coalesce(sum(bytes), 0) AS bytes,
       (SELECT metadata FROM cloud_files.accounts WHERE project = $1) AS metadata
     FROM cloud_files.containers WHERE project = $1`,
    [project],
  );
  const { containers, objects, bytes, metadata } = rows[0]!;
  return {
    containers: Number(containers),
    objects: Number(objects),
    bytes: Number(bytes),
    metadata: metadata ?? {},
  };
}

export async function describeAccount(sql: SqlExecutor, project: string, metadata: Metadata): Promise<void> {
  await sql.query(
    `INSERT INTO cloud_files.accounts (project, metadata) VALUES ($1, $2::jsonb)
     ON CONFLICT (project) DO UPDATE SET metadata = EXCLUDED.metadata`,
    [project, JSON.stringify(metadata)],
  );
}

export const hasContainer = async (
  sql: SqlExecutor,
  { project, container }: { readonly project: string; readonly container: string },
): Promise<boolean> => (await findContainer(sql, project, container)) !== null;
