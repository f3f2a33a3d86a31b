import { runMain } from '@cloud-images/service-kit';
import { readConfig } from './config.js';
import { startCatalog } from './start.js';

runMain('catalog', () => startCatalog(readConfig()));
