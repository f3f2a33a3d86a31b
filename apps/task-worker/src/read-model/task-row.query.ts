import type { SqlExecutor } from '@cloud-images/event-store';
import { taskNotFound } from '../task/task-not-found.js';

export interface TaskRow {
  readonly id: string;
  readonly owner: string;
  /** JSON, as it is shown. */
  readonly document: string;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A task whose time is not over; `id` is any text. Throws `not-found`. */
export async function readTask(sql: SqlExecutor, id: string): Promise<TaskRow> {
  if (!uuid.test(id)) throw taskNotFound();
  const { rows } = await sql.query<TaskRow>(
    `SELECT id::text AS id, owner, document FROM read_model.tasks
     WHERE id = $1 AND (expires_at IS NULL OR expires_at > clock_timestamp())`,
    [id],
    'show task',
  );
  if (rows[0] === undefined) throw taskNotFound();
  return rows[0];
}
