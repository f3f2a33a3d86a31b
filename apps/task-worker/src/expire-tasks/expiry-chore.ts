import { taskStream } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { newRequestId } from '@cloud-images/service-kit';
import type { Chore } from '../queue/task-queue.js';
import { forgetLease } from '../task/task-leases.js';
import type { Tasks } from '../tokens.js';
import { expireTask } from './expire-task.js';

const atOnce = 500;

/** Ends the time of tasks, each by an event of its own. */
export const expireTasks = (tasks: Tasks, sql: SqlExecutor, every: number): Chore => ({
  name: 'expire tasks',
  every,
  run: async () => {
    const { rows } = await sql.query<{ id: string }>(
      'SELECT id::text AS id FROM read_model.tasks WHERE expires_at < clock_timestamp() ORDER BY expires_at LIMIT $1',
      [atOnce],
    );
    const requestId = newRequestId();
    for (const { id } of rows) {
      await tasks.handle({
        stream: taskStream(id),
        metadata: {
          actor: { user: 'task-worker', project: null, roles: [], via: 'task-worker' },
          request_id: requestId,
          correlation_id: requestId,
        },
        decide: (state, { now }) => expireTask(state, now),
      });
      await forgetLease(sql, id);
    }
    return rows.length;
  },
});
