import type { TaskEvent } from '@cloud-images/contracts';
import type { Projection } from '@cloud-images/event-store';
import { renderStub, renderTask } from '../task/render-task.js';
import type { TaskState } from '../task/task.js';

/** Tasks whose time is not over. `document` and `stub` are the JSON that is shown. */
export const tasksTable = `
CREATE TABLE read_model.tasks (
  id uuid PRIMARY KEY,
  owner text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  document text NOT NULL,
  stub text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  expires_at timestamptz
);
CREATE INDEX tasks_of_owner ON read_model.tasks (owner, created_at, id);
CREATE INDEX tasks_unfinished ON read_model.tasks (owner) WHERE expires_at IS NULL;
CREATE INDEX tasks_to_expire ON read_model.tasks (expires_at) WHERE expires_at IS NOT NULL;
`;

/** What shows and lists of tasks are served from; runs inside the command's transaction. */
export const tasksProjection: Projection<TaskState, TaskEvent> = {
  name: 'task-worker.tasks.v1',
  async apply(sql, { after: task }) {
    if (!task.exists) return;
    if (task.expired) {
      await sql.query('DELETE FROM read_model.tasks WHERE id = $1', [task.id]);
      return;
    }
    await sql.query(
      `INSERT INTO read_model.tasks (id, owner, type, status, document, stub, created_at, updated_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (id) DO UPDATE SET status = $4, document = $5, stub = $6, updated_at = $8, expires_at = $9`,
      [
        ...[task.id, task.owner, task.type, task.status],
        ...[JSON.stringify(renderTask(task)), JSON.stringify(renderStub(task))],
        ...[task.createdAt, task.updatedAt, task.expiresAt],
      ],
      'put task',
    );
  },
};
