import { NOW, requested, TASK, taskAfter } from '../testing/given.js';
import { expireTask } from './expire-task.js';

const failed = (expires_at: string) =>
  taskAfter(requested(), {
    type: 'TaskCancelled',
    data: { task_id: TASK, from: 'pending', to: 'failure', message: 'Cancelled', expires_at },
  });

describe('the end of a task’s time', () => {
  it('given that it is over, then the task is no longer shown', () => {
    expect(expireTask(failed(NOW), NOW)).toEqual([
      { type: 'TaskExpired', data: { task_id: TASK, from: 'failure', to: null } },
    ]);
  });

  it('given that it is not over, or the task has not ended, then nothing', () => {
    expect(expireTask(failed('2026-11-24T12:00:00.123457Z'), NOW)).toEqual([]);
    expect(expireTask(taskAfter(requested()), NOW)).toEqual([]);
  });
});
