import type { TaskWorkerConfig } from '../config.js';
import type { Chore } from '../queue/task-queue.js';
import { compareStoreWithFiles, removeUnusedFiles, type FileChoreParts } from './remove-unused-files.js';

export const fileChores = (
  parts: FileChoreParts,
  config: Pick<TaskWorkerConfig, 'choreSeconds' | 'storeCheckSeconds'>,
): Chore[] => [
  { name: 'remove unused files', every: config.choreSeconds, run: () => removeUnusedFiles(parts) },
  { name: 'compare the store with files', every: config.storeCheckSeconds, run: () => compareStoreWithFiles(parts) },
];
