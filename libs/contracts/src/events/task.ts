import Type from 'typebox';
import { defineEvent, type EventOf } from './definition.js';

const TaskId = Type.String({ description: 'Task id, a UUID in lowercase' });
const Time = Type.String({ description: 'RFC 3339, UTC, microseconds at most' });
const Run = Type.Integer({ minimum: 1, description: 'which run of the task; only the newest may end it' });
const Unfinished = Type.Enum(['pending', 'processing']);
const Expiry = { ...Time, description: 'from when on the task is no longer shown; its result stays' };

const TASK = '3e0c4f7a-6b1d-4f0e-8a2c-5d9e7b1f2a64';
const IMAGE = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';

/** Every fact about a task. Status changes carry `from` and `to`; the stream is `task-<id>`. */
export const taskEvents = {
  TaskRequested: defineEvent({
    kind: 'task',
    type: 'TaskRequested',
    version: 1,
    summary: 'A project asked for something that takes time; it waits for a worker.',
    schema: Type.Object({
      task_id: TaskId,
      from: Type.Null(),
      to: Type.Literal('pending'),
      task_type: Type.String({ description: 'what is to be done: import, export, …' }),
      owner: Type.String({ description: 'Project id' }),
      input: Type.Record(Type.String(), Type.Unknown()),
      source: Type.Enum(['embedded', 'keystone', 'oidc', 'rackspace'], {
        description: 'where the roles of the one who asked come from: the task is done with their rights',
      }),
    }),
    sample: {
      task_id: TASK,
      from: null,
      to: 'pending',
      task_type: 'import',
      owner: '0f6d1c4b8e2a4f0c9d3b5a7e6c8f1d2b',
      input: { import_from: 'images/debian.vhd', image_properties: { name: 'debian-13' } },
      source: 'embedded',
    },
  }),
  TaskStarted: defineEvent({
    kind: 'task',
    type: 'TaskStarted',
    version: 1,
    summary: 'A worker began with the task.',
    schema: Type.Object({
      task_id: TaskId,
      from: Type.Literal('pending'),
      to: Type.Literal('processing'),
      run: Run,
      worker: Type.String({ description: 'which worker: host and process' }),
    }),
    sample: { task_id: TASK, from: 'pending', to: 'processing', run: 1, worker: 'worker-1/4711' },
  }),
  TaskResumed: defineEvent({
    kind: 'task',
    type: 'TaskResumed',
    version: 1,
    summary: 'Another run of a task that was begun before: its worker died, or what it needed was away.',
    schema: Type.Object({
      task_id: TaskId,
      run: Run,
      worker: Type.String({ description: 'which worker: host and process' }),
    }),
    sample: { task_id: TASK, run: 2, worker: 'worker-2/4712' },
  }),
  TaskProgressed: defineEvent({
    kind: 'task',
    type: 'TaskProgressed',
    version: 1,
    summary: 'The task is so far; told at most once per ten percent.',
    schema: Type.Object({
      task_id: TaskId,
      run: Run,
      percent: Type.Integer({ minimum: 0, maximum: 100 }),
      bytes: Type.Integer({ minimum: 0, description: 'bytes moved by this run' }),
    }),
    sample: { task_id: TASK, run: 1, percent: 40, bytes: 858_993_459 },
  }),
  TaskSucceeded: defineEvent({
    kind: 'task',
    type: 'TaskSucceeded',
    version: 1,
    summary: 'The task is done; its result says what came of it.',
    schema: Type.Object({
      task_id: TaskId,
      from: Type.Literal('processing'),
      to: Type.Literal('success'),
      run: Run,
      result: Type.Record(Type.String(), Type.Unknown()),
      expires_at: Expiry,
    }),
    sample: {
      task_id: TASK,
      from: 'processing',
      to: 'success',
      run: 1,
      result: { image_id: IMAGE },
      expires_at: '2026-11-26T12:00:00.000000Z',
    },
  }),
  TaskFailed: defineEvent({
    kind: 'task',
    type: 'TaskFailed',
    version: 1,
    summary: 'The task can not be done, for a reason that its owner is told; nothing of it is left.',
    schema: Type.Object({
      task_id: TaskId,
      from: Unfinished,
      to: Type.Literal('failure'),
      run: Type.Union([Run, Type.Null()]),
      message: Type.String(),
      expires_at: Expiry,
    }),
    sample: {
      task_id: TASK,
      from: 'processing',
      to: 'failure',
      run: 1,
      message: "Image cannot be imported. Error code: '396'",
      expires_at: '2026-11-26T12:00:00.000000Z',
    },
  }),
  TaskCancelled: defineEvent({
    kind: 'task',
    type: 'TaskCancelled',
    version: 1,
    summary: 'The task was given up on demand; what it had made is removed.',
    schema: Type.Object({
      task_id: TaskId,
      from: Unfinished,
      to: Type.Literal('failure'),
      message: Type.Literal('Cancelled'),
      expires_at: Expiry,
    }),
    sample: {
      task_id: TASK,
      from: 'processing',
      to: 'failure',
      message: 'Cancelled',
      expires_at: '2026-11-26T12:00:00.000000Z',
    },
  }),
  TaskExpired: defineEvent({
    kind: 'task',
    type: 'TaskExpired',
    version: 1,
    summary: 'The task is no longer shown; what came of it stays.',
    schema: Type.Object({
      task_id: TaskId,
      from: Type.Enum(['success', 'failure']),
      to: Type.Null(),
    }),
    sample: { task_id: TASK, from: 'success', to: null },
  }),
};

export type TaskEvent = EventOf<typeof taskEvents>;
