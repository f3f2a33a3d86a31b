// npm run journey [-- --url http://…] [--only cloud-files | imports | images]: a person's way through the service with
// unmodified OpenStack clients, on a fresh stack or on one that runs with the development users, and a real disk image.
// Ends with a line `N passed, N failed`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { usersFile, writeClouds } from '../../tools/development-users.mjs';
import { startStack, type Stack } from '../../tools/stack.mjs';
import { Clients, installClients, succeeded } from './clients.ts';
import { cloudFilesJourney } from './cloud-files.ts';
import { makeDisks } from './disk-image.ts';
import { glanceJourney } from './glance-client.ts';
import { DataServer, importsJourney } from './imports.ts';
import { logJourney } from './log.ts';
import { openstackJourney } from './openstack-client.ts';
import { Tally } from './tally.ts';
import { tasksJourney } from './tasks.ts';

const say = (line: string) => console.log(`  ${line}`);
const { values } = parseArgs({ options: { url: { type: 'string' }, only: { type: 'string' } } });
const tally = new Tally();
const dir = await mkdtemp(join(tmpdir(), 'cloud-images-journey-'));
const server = await new DataServer().start();
let stack: Stack | undefined;
try {
  await installClients(say);
  if (values.url === undefined)
    stack = await startStack({ dataDir: join(dir, 'data'), log: say, env: server.environment });
  const url = stack?.url ?? values.url ?? '';
  const { path } = await writeClouds(dir, stack?.identityFile ?? usersFile(dir), url);
  const clients = new Clients(path, url);
  const wanted = (journey: string) => values.only === undefined || values.only === journey;
  if (wanted('cloud-files')) await cloudFilesJourney(tally, clients, dir);
  if (wanted('images')) await imagesJourney(clients, url);
  // Behind the one whose lists must hold its own images only.
  if (stack && wanted('imports')) await importsJourney(tally, clients, url, server, dir);
} catch (error) {
  tally.count('the journey', (error as Error).stack ?? String(error));
} finally {
  await stack?.stop();
  server.stop();
  await rm(dir, { recursive: true, force: true });
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);

async function imagesJourney(clients: Clients, url: string): Promise<void> {
  say('making a disk image');
  const disks = await makeDisks(dir);
  const [disk] = disks;
  if (!disk) throw new Error('no disk image');
  const id = await openstackJourney(tally, clients, url, disks.at(-1) ?? disk, dir);
  await sdkJourney(clients, disk.path, disk.sha512);
  await glanceJourney(tally, clients, url, disk, dir);
  await tasksJourney(tally, clients, url, disks, dir);
  if (stack) await logJourney(tally, stack, id);
  else say('left out: what the log tells, for which the databases must be within reach');
}

async function sdkJourney(clients: Clients, path: string, sha512: string): Promise<void> {
  const { stdout } = succeeded(await clients.python('openstacksdk_journey.py', path, sha512));
  for (const line of stdout.trim().split('\n')) {
    const { what, problem } = JSON.parse(line) as { what: string; problem: string | null };
    tally.count(what, problem ?? undefined);
  }
}
