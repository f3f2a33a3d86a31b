const time = (what: string) => ({ type: 'string', description: what });

/** What `/v2/schemas/task` serves. */
export const taskSchema = {
  name: 'task',
  properties: {
    id: {
      type: 'string',
      description: 'An identifier for the task',
      pattern: '^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$',
    },
    type: { type: 'string', description: 'What the task does' },
    status: {
      type: 'string',
      description: 'The current status of this task',
      enum: ['pending', 'processing', 'success', 'failure'],
    },
    owner: { type: 'string', description: 'An identifier for the owner of this task' },
    input: { type: ['object', 'null'], description: 'The parameters of the task' },
    result: { type: ['object', 'null'], description: 'What came of the task; null until it succeeded' },
    message: { type: 'string', description: 'Why the task failed; the text None until it did' },
    progress: {
      type: ['object', 'null'],
      description: 'How far the present run is',
      properties: { percent: { type: 'integer' }, bytes: { type: 'integer' } },
    },
    created_at: time('Date and time of this task’s creation'),
    updated_at: time('Date and time of the last change of this task'),
    expires_at: time('From when on the task is no longer shown; present once it has succeeded or failed'),
    self: { type: 'string', readOnly: true },
    schema: { type: 'string', readOnly: true },
  },
};

const { input: _input, result: _result, message: _message, progress: _progress, ...stub } = taskSchema.properties;

/** What `/v2/schemas/tasks` serves. */
export const tasksSchema = {
  name: 'tasks',
  properties: {
    tasks: { type: 'array', items: { name: 'task', properties: stub } },
    first: { type: 'string' },
    next: { type: 'string' },
    schema: { type: 'string' },
  },
  links: [
    { href: '{first}', rel: 'first' },
    { href: '{next}', rel: 'next' },
    { href: '{schema}', rel: 'describedby' },
  ],
};
