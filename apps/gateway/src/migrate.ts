import { migrateService } from '@cloud-images/service-kit';
import { readMigrationConfig } from './config.js';
import { migrations } from './migrations/index.js';

migrateService('gateway', { readConfig: readMigrationConfig, migrations });
