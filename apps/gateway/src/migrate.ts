import { logger, runMain, runMigrations } from '@cloud-images/service-kit';
import { readMigrationConfig } from './config.js';
import { migrations } from './migrations/index.js';

const name = 'gateway-migrate';

runMain(name, async () => {
  const { databaseOwnerUrl, databaseRole } = readMigrationConfig();
  const ran = await runMigrations({
    ownerUrl: databaseOwnerUrl,
    serviceRole: databaseRole,
    migrations: migrations(databaseRole),
  });
  logger(name, 'info').info({ event: 'migrated', ran }, `${ran.length} migrations ran`);
});
