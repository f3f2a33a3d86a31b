import { requested, taskAfter, TASK, user } from '../testing/given.js';
import { requestTask } from './request-task.js';

const wanted = { id: TASK, type: 'import', input: { import_from: 'c/o' } };
const none = taskAfter();

describe('asking for a task', () => {
  it('given a member of a project, then the task is pending, and the project’s', () => {
    expect(requestTask({ ...wanted, caller: user }, none)).toEqual([requested('import', { import_from: 'c/o' })]);
  });

  it.each([
    ['a reader', { ...user, roles: ['reader'] }],
    ['somebody without a project', { ...user, project: null }],
    ['a service of ours', { ...user, source: 'service' as const }],
  ])('given %s, then it is refused', (_who, caller) => {
    expect(() => requestTask({ ...wanted, caller }, none)).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });

  it('given that the id is taken, then it is refused', () => {
    expect(() => requestTask({ ...wanted, caller: user }, taskAfter(requested()))).toThrow(
      expect.objectContaining({ code: 'id-taken' }),
    );
  });
});
