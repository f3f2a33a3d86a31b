import { migrateService } from '@cloud-images/service-kit';
import { readMigrationConfig } from './config.js';
import { migrations } from './migrations/index.js';
import { migrateQueue } from './queue/migrate-queue.js';

migrateService('task-worker', { readConfig: readMigrationConfig, migrations, beside: migrateQueue });
