import { runMain } from '@cloud-images/service-kit';
import { readConfig } from './config.js';
import { startAudit } from './start.js';

runMain('audit', () => startAudit(readConfig()));
