import type { TaskEvent } from '@cloud-images/contracts';
import { isFinal, type TaskState } from '../task/task.js';

// A task that has ended is shown for a while, and then not any more. Its events stay, and what came of it.

export function expireTask(state: TaskState, now: string): TaskEvent[] {
  if (!state.exists || !isFinal(state) || state.expired || state.expiresAt === null || state.expiresAt > now) return [];
  const from = state.status as 'success' | 'failure';
  return [{ type: 'TaskExpired', data: { task_id: state.id, from, to: null } }];
}
