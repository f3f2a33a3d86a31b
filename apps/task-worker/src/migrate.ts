import { logger, runMain, runMigrations } from '@cloud-images/service-kit';
import { readMigrationConfig } from './config.js';
import { migrations } from './migrations/index.js';
import { migrateQueue } from './queue/migrate-queue.js';

const name = 'task-worker-migrate';

runMain(name, async () => {
  const { databaseOwnerUrl, databaseRole } = readMigrationConfig();
  const ran = await runMigrations({
    ownerUrl: databaseOwnerUrl,
    serviceRole: databaseRole,
    migrations: migrations(databaseRole),
  });
  await migrateQueue({ ownerUrl: databaseOwnerUrl, serviceRole: databaseRole });
  logger(name, 'info').info({ event: 'migrated', ran }, `${ran.length} migrations ran`);
});
