import { adoptLog } from '@cloud-images/event-store';
import { logger, runMain } from '@cloud-images/service-kit';
import { readMigrationConfig } from './config.js';

const name = 'gateway-adopt-log';

runMain(name, async () => {
  const adoption = await adoptLog({ ownerUrl: readMigrationConfig().databaseOwnerUrl });
  logger(name, 'info').info(
    { event: 'adopt-log', ...adoption },
    adoption.adopted ? 'the log was adopted' : 'the log was this cluster’s own already',
  );
});
