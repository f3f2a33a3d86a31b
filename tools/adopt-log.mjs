// npm run adopt-log: after a dump was restored, or the databases of another PostgreSQL were put in the data directory's
// place, makes the logs in them this PostgreSQL's own. Does nothing where that is not needed. Works while the service
// runs and while it is stopped; then it starts PostgreSQL for itself.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { adoptLog } from '@cloud-images/event-store';
import { lockData } from './data-lock.mjs';
import { databaseRoles, databaseUrls } from './databases.mjs';
import { freePorts } from './free-ports.mjs';
import { root } from './node24.mjs';
import { startPostgres } from './postgres.mjs';
import { endLeftovers, identityOf, readRunRecord } from './run-record.mjs';
import { databasePasswords } from './secrets.mjs';
import { postgresSettings } from './services.mjs';

const dataDir = resolve(root, process.env.CLOUD_IMAGES_DATA || 'data');
const postgresDir = join(dataDir, 'postgres');

try {
  if (!existsSync(join(postgresDir, 'PG_VERSION'))) {
    throw new Error(`${dataDir} holds no database; name the data directory by CLOUD_IMAGES_DATA`);
  }
  await withOwners(async (owners) => {
    for (const service of ['catalog', 'membership', 'tasks', 'gateway']) {
      const { adopted, events, logId } = await adoptLog({ ownerUrl: owners[service] });
      console.log(`${service}: ${adopted ? 'adopted, and now' : 'its own already:'} log ${logId}, ${events} events`);
    }
  });
} catch (error) {
  console.error(`npm run adopt-log: ${error.message}`);
  process.exitCode = 1;
}

/** Calls `work` with the owners' URLs: of the PostgreSQL that runs on the data directory, or of one started for this. */
async function withOwners(work) {
  const record = readRunRecord(dataDir);
  if (isRunning(record?.processes?.postgres)) return work(record.owners);
  const unlock = lockData(dataDir);
  try {
    await endLeftovers(dataDir, (line) => console.error(`  ${line}`));
    const [port] = await freePorts(1);
    const passwords = databasePasswords(dataDir, ['postgres', ...databaseRoles]);
    const logFile = join(dataDir, 'logs', 'postgres.log');
    const server = await startPostgres({ dir: postgresDir, port, logFile, settings: postgresSettings });
    try {
      await work(databaseUrls({ port }, passwords).owner);
    } finally {
      await server.stop();
    }
  } finally {
    unlock();
  }
}

function isRunning(was) {
  const now = was && identityOf(was.pid);
  return was !== undefined && now.command === was.command && now.started === was.started;
}
