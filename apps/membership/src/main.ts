import { runMain } from '@cloud-images/service-kit';
import { readConfig } from './config.js';
import { startMembership } from './start.js';

runMain('membership', () => startMembership(readConfig()));
