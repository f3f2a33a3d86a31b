import { NOW, requested, TASK, taskAfter } from '../testing/given.js';
import { cancelTask } from './cancel-task.js';

const started = {
  type: 'TaskStarted',
  data: { task_id: TASK, from: 'pending', to: 'processing', run: 1, worker: 'w' },
} as const;

describe('cancelling a task', () => {
  it.each([
    ['pending', taskAfter(requested())],
    ['processing', taskAfter(requested(), started)],
  ])('given that it is %s, then it has failed', (from, task) => {
    expect(cancelTask(task, NOW, 1)).toEqual([
      {
        type: 'TaskCancelled',
        data: { task_id: TASK, from, to: 'failure', message: 'Cancelled', expires_at: '2026-11-24T12:00:01.123456Z' },
      },
    ]);
  });

  it('given that it has ended, then it stays as it ended', () => {
    const cancelled = taskAfter(requested(), ...cancelTask(taskAfter(requested()), NOW, 1));
    expect(cancelTask(cancelled, NOW, 1)).toEqual([]);
    expect(cancelTask(taskAfter(), NOW, 1)).toEqual([]);
  });
});
