import type { TaskWorkerConfig } from '../config.js';
import type { Chore } from '../queue/task-queue.js';
import {
  compareStoreWithFiles,
  removeExpiredObjects,
  removeUnusedFiles,
  type FileChoreParts,
} from './remove-unused-files.js';

export const fileChores = (
  parts: FileChoreParts,
  config: Pick<TaskWorkerConfig, 'choreSeconds' | 'storeCheckSeconds' | 'objectGraceSeconds'>,
): Chore[] => [
  {
    name: 'remove expired objects',
    every: config.choreSeconds,
    run: () => removeExpiredObjects(parts, config.objectGraceSeconds),
  },
  { name: 'remove unused files', every: config.choreSeconds, run: () => removeUnusedFiles(parts) },
  { name: 'compare the store with files', every: config.storeCheckSeconds, run: () => compareStoreWithFiles(parts) },
];
