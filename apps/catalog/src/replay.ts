import { describeRebuild, isEqual, rebuildReadModel } from '@cloud-images/event-store';
import { imageAggregate } from '@cloud-images/image-model';
import { runMain } from '@cloud-images/service-kit';
import { readMigrationConfig } from './config.js';
import { createReadModel, readModelTables } from './read-model/create-read-model.js';
import { imagesProjection } from './read-model/images.projection.js';
import { membersProjection } from './read-model/members.projection.js';

// Rebuilds the read model from the log beside the live one, compares, swaps; with --verify it compares only. Exit code 1
// when the live one was not what the log says.
runMain('catalog-replay', async () => {
  const { databaseOwnerUrl, databaseRole } = readMigrationConfig();
  const verify = verifies(process.argv.slice(2));
  const rebuilt = await rebuildReadModel({
    ownerUrl: databaseOwnerUrl,
    serviceRole: databaseRole,
    create: createReadModel,
    tables: readModelTables,
    aggregate: imageAggregate,
    projections: [imagesProjection],
    foreignProjections: [membersProjection],
    swap: !verify,
  });
  for (const line of describeRebuild(rebuilt)) process.stdout.write(`  ${line}\n`);
  if (!isEqual(rebuilt)) process.exitCode = 1;
});

function verifies(args: readonly string[]): boolean {
  const unknown = args.find((arg) => arg !== '--verify');
  if (unknown !== undefined) throw new Error(`there is no option ${unknown}; the only one is --verify`);
  return args.length > 0;
}
