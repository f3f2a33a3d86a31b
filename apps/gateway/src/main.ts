import { runMain } from '@cloud-images/service-kit';
import { readConfig } from './config.js';
import { startGateway } from './start.js';

runMain('gateway', () => startGateway(readConfig()));
