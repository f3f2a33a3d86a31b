import type { SqlExecutor } from '@cloud-images/event-store';

/** Which tasks brought, or bring, data into which image; beside the log, for as long as the task is shown. */
export const imageImportsTable = `
CREATE TABLE log.image_imports (
  task_id uuid PRIMARY KEY,
  image_id uuid NOT NULL
);
CREATE INDEX image_imports_of_image ON log.image_imports (image_id);
`;

const lockOfImports = 7_301;

/** Held from before a task is asked for until it is there: two that ask at once take turns. */
export async function lockImports(sql: SqlExecutor, imageId: string): Promise<void> {
  await sql.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [lockOfImports, imageId.toLowerCase()]);
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Imports of an image that have ended, asked for before the image is looked at: what they did to it shows in that look. Of
 * what is no id of an image, none.
 */
export async function endedImportsOf(sql: SqlExecutor, imageId: string): Promise<string[]> {
  if (!uuid.test(imageId)) return [];
  const { rows } = await sql.query<{ id: string }>(
    `SELECT i.task_id::text AS id FROM log.image_imports i LEFT JOIN read_model.tasks t ON t.id = i.task_id
      WHERE i.image_id = $1 AND (t.id IS NULL OR t.status NOT IN ('pending', 'processing'))`,
    [imageId],
  );
  return rows.map(({ id }) => id);
}

/**
 * False when there is any other import of the image: it has not ended, or has ended since `ended` was read, and the image
 * is not what it was when it was looked at.
 */
export async function noteImport(
  sql: SqlExecutor,
  imageId: string,
  taskId: string,
  ended: readonly string[],
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `INSERT INTO log.image_imports (task_id, image_id)
     SELECT $1, $2 WHERE NOT EXISTS (
       SELECT FROM log.image_imports i WHERE i.image_id = $2 AND NOT i.task_id = ANY ($3::uuid[])
     )`,
    [taskId, imageId, ended],
  );
  return rowCount > 0;
}

/** JSON of an image's tasks, newest first. `owner` null: of all projects. */
export async function tasksOfImage(sql: SqlExecutor, imageId: string, owner: string | null): Promise<string[]> {
  const { rows } = await sql.query<{ document: string }>(
    `SELECT t.document FROM log.image_imports i JOIN read_model.tasks t ON t.id = i.task_id
     WHERE i.image_id = $1 AND ($2::text IS NULL OR t.owner = $2)
       AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
     ORDER BY t.created_at DESC, t.id LIMIT 1000`,
    [imageId, owner],
  );
  return rows.map(({ document }) => document);
}

/** Of tasks whose time is over. */
export async function forgetImports(sql: SqlExecutor): Promise<number> {
  const { rowCount } = await sql.query(
    'DELETE FROM log.image_imports i WHERE NOT EXISTS (SELECT FROM read_model.tasks t WHERE t.id = i.task_id)',
  );
  return rowCount;
}
