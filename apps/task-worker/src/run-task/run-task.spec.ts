import { NOW, requested, taskAfter } from '../testing/given.js';
import { beginRun, fail, reportProgress, succeed } from './run-task.js';

const begun = (run: number) => ({ run, worker: 'w/1' });
const ending = (run: number) => ({ run, now: NOW, expirySeconds: 172_800 });
const pending = taskAfter(requested());
const processing = taskAfter(requested(), ...beginRun(begun(1), pending));
const resumed = taskAfter(requested(), ...beginRun(begun(1), pending), ...beginRun(begun(2), processing));
const done = taskAfter(
  requested(),
  ...beginRun(begun(1), pending),
  ...succeed(ending(1), { image_id: 'i' }, processing),
);

describe('a run of a task', () => {
  it('given a pending task, then it is processing', () => {
    expect(beginRun(begun(1), pending)).toMatchObject([
      { type: 'TaskStarted', data: { from: 'pending', to: 'processing', run: 1, worker: 'w/1' } },
    ]);
    expect(processing).toMatchObject({ status: 'processing', run: 1 });
  });

  it('given that another was begun before, then it goes on, and its status is no news', () => {
    expect(beginRun(begun(2), processing)).toMatchObject([{ type: 'TaskResumed', data: { run: 2 } }]);
    expect(resumed).toMatchObject({ status: 'processing', run: 2, progress: null });
  });

  it.each([
    ['that has ended', done, 2],
    ['that a later run has begun', resumed, 1],
  ])('given a task %s, then it does not begin', (_what, task, run) => {
    expect(beginRun(begun(run), task)).toEqual([]);
  });

  it('ends with what came of it, and a time from which on the task is not shown', () => {
    expect(succeed(ending(1), { image_id: 'i' }, processing)).toEqual([
      {
        type: 'TaskSucceeded',
        data: {
          ...{ task_id: pending.exists && pending.id, from: 'processing', to: 'success', run: 1 },
          ...{ result: { image_id: 'i' }, expires_at: '2026-11-26T12:00:00.123456Z' },
        },
      },
    ]);
    expect(fail(ending(1), 'No.', processing)).toMatchObject([
      { type: 'TaskFailed', data: { from: 'processing', to: 'failure', run: 1, message: 'No.' } },
    ]);
  });

  it('given that a later one was begun, then nothing that it says is a fact', () => {
    expect(succeed(ending(1), {}, resumed)).toEqual([]);
    expect(fail(ending(1), 'No.', resumed)).toEqual([]);
    expect(reportProgress({ run: 1, percent: 50, bytes: 5 }, resumed)).toEqual([]);
  });

  it('given that the task has ended, then it can not end again', () => {
    expect(succeed(ending(1), {}, done)).toEqual([]);
    expect(fail(ending(1), 'No.', done)).toEqual([]);
  });

  it('tells progress upwards only', () => {
    const told = reportProgress({ run: 1, percent: 50, bytes: 5 }, processing);
    expect(told).toMatchObject([{ type: 'TaskProgressed', data: { run: 1, percent: 50, bytes: 5 } }]);
    const half = taskAfter(requested(), ...beginRun(begun(1), pending), ...told);
    expect(reportProgress({ run: 1, percent: 50, bytes: 6 }, half)).toEqual([]);
    expect(reportProgress({ run: 1, percent: 60, bytes: 6 }, half)).toHaveLength(1);
  });
});
