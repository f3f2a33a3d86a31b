/** The schema that pg-boss keeps its tables in; nothing of ours is there. */
export const queueSchema = 'jobs';
export const tasksQueue = 'tasks';
export const choresQueue = 'chores';
