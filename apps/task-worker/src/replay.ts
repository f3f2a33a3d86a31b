import { replayCommand } from '@cloud-images/event-store';
import { runMain } from '@cloud-images/service-kit';
import { readMigrationConfig } from './config.js';
import { createReadModel, readModelTables, tasksProjection } from './read-model/tasks.projection.js';
import { taskAggregate } from './task/task.js';

runMain('task-worker-replay', async () => {
  const { databaseOwnerUrl, databaseRole } = readMigrationConfig();
  process.exitCode = await replayCommand(process.argv.slice(2), {
    ownerUrl: databaseOwnerUrl,
    serviceRole: databaseRole,
    create: createReadModel,
    tables: readModelTables,
    aggregate: taskAggregate,
    projections: [tasksProjection],
    foreignProjections: [],
  });
});
