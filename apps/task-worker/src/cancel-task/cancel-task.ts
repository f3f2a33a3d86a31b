import type { TaskEvent } from '@cloud-images/contracts';
import { isFinal, type TaskState } from '../task/task.js';
import { later } from '../task/time.js';

// pending or processing → failure. A task that has ended stays as it ended: cancelling it again changes nothing.

export function cancelTask(state: TaskState, now: string, expirySeconds: number): TaskEvent[] {
  if (!state.exists || isFinal(state)) return [];
  const from = state.status as 'pending' | 'processing';
  const expires_at = later(now, expirySeconds);
  return [
    {
      type: 'TaskCancelled',
      data: { task_id: state.id, from, to: 'failure', message: 'Cancelled', expires_at },
    },
  ];
}
