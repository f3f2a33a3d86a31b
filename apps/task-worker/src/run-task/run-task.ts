import type { TaskEvent } from '@cloud-images/contracts';
import { isFinal, type TaskState } from '../task/task.js';
import { later } from '../task/time.js';

// pending → processing → success or failure. A run is one worker's try; the newest alone may report, and end the task. What
// an older one says, or one that is late, is no fact.

export interface Run {
  readonly run: number;
  readonly worker: string;
}

export function beginRun({ run, worker }: Run, state: TaskState): TaskEvent[] {
  if (!state.exists || isFinal(state) || run <= state.run) return [];
  const data = { task_id: state.id, run, worker };
  return state.status === 'pending'
    ? [{ type: 'TaskStarted', data: { ...data, from: 'pending', to: 'processing' } }]
    : [{ type: 'TaskResumed', data }];
}

export interface Reached {
  readonly run: number;
  readonly percent: number;
  readonly bytes: number;
}

export function reportProgress({ run, percent, bytes }: Reached, state: TaskState): TaskEvent[] {
  if (!state.exists || isFinal(state) || run !== state.run || percent <= (state.progress?.percent ?? 0)) return [];
  return [{ type: 'TaskProgressed', data: { task_id: state.id, run, percent, bytes } }];
}

export interface Ending {
  readonly run: number;
  readonly now: string;
  /** How long the task is shown from now on. */
  readonly expirySeconds: number;
}

export function succeed(
  { run, now, expirySeconds }: Ending,
  result: Readonly<Record<string, unknown>>,
  state: TaskState,
): TaskEvent[] {
  if (!state.exists || state.status !== 'processing' || run !== state.run) return [];
  const expires_at = later(now, expirySeconds);
  return [
    {
      type: 'TaskSucceeded',
      data: { task_id: state.id, from: 'processing', to: 'success', run, result: { ...result }, expires_at },
    },
  ];
}

export function fail({ run, now, expirySeconds }: Ending, message: string, state: TaskState): TaskEvent[] {
  if (!state.exists || isFinal(state) || run !== state.run) return [];
  const from = state.status as 'pending' | 'processing';
  const expires_at = later(now, expirySeconds);
  return [{ type: 'TaskFailed', data: { task_id: state.id, from, to: 'failure', run, message, expires_at } }];
}
