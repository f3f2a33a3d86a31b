import type { Actor, Identity, TaskEvent } from '@cloud-images/contracts';
import type { Aggregate } from '@cloud-images/event-store';

export type TaskStatus = 'pending' | 'processing' | 'success' | 'failure';

export interface Progress {
  readonly percent: number;
  /** Moved by the present run. */
  readonly bytes: number;
}

/** Something that takes time, asked for by a project. */
export interface Task {
  readonly exists: true;
  /** Lowercase. */
  readonly id: string;
  readonly type: string;
  readonly status: TaskStatus;
  /** Project id. */
  readonly owner: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>> | null;
  /** Why it failed. */
  readonly message: string | null;
  /** 0 before the first. Only the newest run may end the task. */
  readonly run: number;
  readonly progress: Progress | null;
  /** Who asked, with whose rights it is done. */
  readonly requester: { readonly actor: Actor; readonly source: Identity['source'] };
  readonly requestId: string;
  readonly correlationId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expiresAt: string | null;
  /** Its time is over: not shown any more. */
  readonly expired: boolean;
}

export type TaskState = Task | { readonly exists: false };

export const isFinal = ({ status }: Task): boolean => status === 'success' || status === 'failure';

export const taskAggregate: Aggregate<TaskState, TaskEvent> = {
  initial: { exists: false },
  evolve: (state, event) => {
    const { recorded_at: at } = event;
    if (event.type === 'TaskRequested') {
      const { task_id: id, task_type: type, owner, input, source } = event.data;
      const { actor, request_id: requestId, correlation_id: correlationId } = event.metadata;
      return {
        ...{ exists: true, id, type, owner, input, status: 'pending', result: null, message: null, run: 0 },
        ...{ progress: null, requester: { actor, source }, requestId, correlationId },
        ...{ createdAt: at, updatedAt: at, expiresAt: null, expired: false },
      };
    }
    if (!state.exists) return state;
    switch (event.type) {
      case 'TaskStarted':
        return { ...state, status: 'processing', run: event.data.run, updatedAt: at };
      case 'TaskResumed':
        return { ...state, run: event.data.run, progress: null, updatedAt: at };
      case 'TaskProgressed':
        return { ...state, progress: { percent: event.data.percent, bytes: event.data.bytes }, updatedAt: at };
      case 'TaskSucceeded': {
        const { result, expires_at: expiresAt } = event.data;
        return { ...state, status: 'success', result, expiresAt, updatedAt: at };
      }
      case 'TaskFailed':
      case 'TaskCancelled': {
        const { message, expires_at: expiresAt } = event.data;
        return { ...state, status: 'failure', message, expiresAt, updatedAt: at };
      }
      case 'TaskExpired':
        return { ...state, expired: true, updatedAt: at };
    }
  },
};
