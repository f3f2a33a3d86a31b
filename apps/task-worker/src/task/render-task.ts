import type { Task } from './task.js';
import { wholeSeconds } from './time.js';

/** What a list shows of a task: not what was asked, nor what came of it. */
export function renderStub({ id, type, status, owner, createdAt, updatedAt, expiresAt }: Task) {
  return {
    id,
    type,
    status,
    owner,
    created_at: wholeSeconds(createdAt),
    updated_at: wholeSeconds(updatedAt),
    // Tasks that are not final have no end.
    ...(expiresAt === null ? {} : { expires_at: wholeSeconds(expiresAt) }),
    self: `/v2/tasks/${id}`,
    schema: '/v2/schemas/task',
  };
}

/** The task as the API shows it. A message is the text "None" until there is a reason: clients read it as text. */
export const renderTask = (task: Task) => ({
  ...renderStub(task),
  input: inOrder(task.input),
  result: inOrder(task.result),
  message: task.message ?? 'None',
  progress: task.progress,
});

/** The log does not keep the order in which members were given, and a rebuild must end with equal rows. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, of]) => [name, inOrder(of)] as const);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}
