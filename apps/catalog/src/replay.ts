import { replayCommand } from '@cloud-images/event-store';
import { imageAggregate } from '@cloud-images/image-model';
import { runMain } from '@cloud-images/service-kit';
import { readMigrationConfig } from './config.js';
import { createReadModel, readModelTables } from './read-model/create-read-model.js';
import { imagesProjection } from './read-model/images.projection.js';
import { membersProjection } from './read-model/members.projection.js';

runMain('catalog-replay', async () => {
  const { databaseOwnerUrl, databaseRole } = readMigrationConfig();
  process.exitCode = await replayCommand(process.argv.slice(2), {
    ownerUrl: databaseOwnerUrl,
    serviceRole: databaseRole,
    create: createReadModel,
    tables: readModelTables,
    aggregate: imageAggregate,
    projections: [imagesProjection],
    foreignProjections: [membersProjection],
  });
});
