import type { Runners } from './task/runner.js';

/** What does each type of task: a new type adds its row. */
export function runnersOf(): Runners {
  return new Map();
}
