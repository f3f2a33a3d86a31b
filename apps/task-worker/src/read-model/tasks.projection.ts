import type { TaskEvent } from '@cloud-images/contracts';
import type { RebuildableProjection, SqlExecutor } from '@cloud-images/event-store';
import { renderStub, renderTask } from '../task/render-task.js';
import type { Task, TaskState } from '../task/task.js';

/** Tasks whose time is not over. `document` and `stub` are the JSON that is shown. */
export const tasksTable = `
CREATE TABLE tasks (
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
CREATE INDEX tasks_of_owner ON tasks (owner, created_at, id);
CREATE INDEX tasks_unfinished ON tasks (owner) WHERE expires_at IS NULL;
CREATE INDEX tasks_to_expire ON tasks (expires_at) WHERE expires_at IS NOT NULL;
`;

/** Table → its key: what a rebuild compares, row for row. */
export const readModelTables = { tasks: ['id'] } as const;

/** The read model, in the schema that comes first in the search path: the live one, or the one that a rebuild fills. */
export async function createReadModel(sql: SqlExecutor): Promise<void> {
  for (const statement of tasksTable.split(';')) {
    if (statement.trim() !== '') await sql.query(statement);
  }
}

const insert = `
INSERT INTO tasks (id, owner, type, status, document, stub, created_at, updated_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
const put = `${insert}
ON CONFLICT (id) DO UPDATE SET status = $4, document = $5, stub = $6, updated_at = $8, expires_at = $9`;

/** What shows and lists of tasks are served from; runs inside the command's transaction. */
export const tasksProjection: RebuildableProjection<TaskState, TaskEvent> = {
  name: 'task-worker.tasks.v1',
  async apply(sql, { after: task }) {
    if (!task.exists) return;
    if (task.expired) await sql.query('DELETE FROM tasks WHERE id = $1', [task.id]);
    else await sql.query(put, rowOf(task), 'put task');
  },
  async fill(sql, streams) {
    for (const { state: task } of streams) {
      if (task.exists && !task.expired) void sql.query(insert, rowOf(task), 'insert task');
    }
  },
};

const rowOf = (task: Task): unknown[] => [
  ...[task.id, task.owner, task.type, task.status],
  ...[JSON.stringify(renderTask(task)), JSON.stringify(renderStub(task))],
  ...[task.createdAt, task.updatedAt, task.expiresAt],
];
