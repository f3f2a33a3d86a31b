import { authorize, Refusal, type Identity, type TaskEvent } from '@cloud-images/contracts';
import type { TaskState } from '../task/task.js';

// Who may create images may ask for tasks, in a project: the task is done with the rights of the one who asked.

export interface RequestTask {
  /** Drawn for it. */
  readonly id: string;
  readonly type: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly caller: Identity;
}

export function requestTask({ id, type, input, caller }: RequestTask, state: TaskState): TaskEvent[] {
  authorize('add_task', caller);
  const { project: owner, source } = caller;
  if (owner === null) throw new Refusal('forbidden', 'A task belongs to a project: use a token of one.');
  // Services work in their own name, and have nothing to wait for.
  if (source === 'service') throw new Refusal('forbidden', 'Tasks are asked for by users.');
  if (state.exists) throw new Refusal('id-taken', 'A task with this id exists already.');
  const data = { task_id: id, from: null, to: 'pending', task_type: type, owner, input, source } as const;
  return [{ type: 'TaskRequested', data }];
}
