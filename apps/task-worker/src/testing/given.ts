import { randomUUID } from 'node:crypto';
import type { AppendedEvent, Identity, TaskEvent } from '@cloud-images/contracts';
import { taskAggregate, type TaskState } from '../task/task.js';

export const TASK = '3e0c4f7a-6b1d-4f0e-8a2c-5d9e7b1f2a64';
export const NOW = '2026-11-24T12:00:00.123456Z';

export const user: Identity = { user: 'u', project: 'demo', roles: ['member'], via: 'gateway', source: 'embedded' };

export const requested = (task_type = 'import', input: Record<string, unknown> = {}): TaskEvent => ({
  type: 'TaskRequested',
  data: { task_id: TASK, from: null, to: 'pending', task_type, owner: 'demo', input, source: 'embedded' },
});

const appended = (event: TaskEvent, index: number): AppendedEvent<TaskEvent> => ({
  ...event,
  ...{ event_id: randomUUID(), stream: `task-${TASK}`, version: index + 1, schema_version: 1 },
  recorded_at: `2026-11-24T11:00:0${index % 10}.000000Z`,
  metadata: {
    actor: { user: 'u', project: 'demo', roles: ['member'], via: 'gateway' },
    request_id: 'req-1',
    correlation_id: 'req-1',
  },
});

/** The task that these events make. */
export const taskAfter = (...events: TaskEvent[]): TaskState =>
  events.map(appended).reduce(taskAggregate.evolve, taskAggregate.initial);
