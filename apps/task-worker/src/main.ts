import { runMain } from '@cloud-images/service-kit';
import { readConfig } from './config.js';
import { startTaskWorker } from './start.js';

runMain('task-worker', () => startTaskWorker(readConfig()));
