// npm run keystone: the service on a real Keystone, used by the unmodified `openstack` client. Ends with a line
// `N passed, N failed`.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../tools/free-ports.mjs';
import { startStack, type Stack } from '../../tools/stack.mjs';
import { Clients, installClients } from '../journeys/clients.ts';
import { Tally } from '../journeys/tally.ts';
import { ApiClient } from '../support/api-client.ts';
import { gatewayEnvironment } from './gateway-environment.ts';
import { installKeystone, KeystoneServer } from './keystone-server.ts';
import { outageChecks } from './outage.ts';
import { populate, writeClouds } from './population.ts';
import { revocationChecks } from './revocation.ts';
import { scopeChecks } from './scopes.ts';
import { sharingJourney } from './sharing.ts';

/** Short, so that the bound can be watched. */
const cacheSeconds = 5;

const say = (line: string) => console.log(`  ${line}`);
const tally = new Tally();
const dir = await mkdtemp(join(tmpdir(), 'cloud-images-keystone-'));
let keystone: KeystoneServer | undefined;
let stack: Stack | undefined;
try {
  await installClients(say);
  await installKeystone(say);
  const [keystonePort, port] = (await freePorts(2)) as [number, number];
  await mkdir(join(dir, 'keystone'));
  keystone = new KeystoneServer(join(dir, 'keystone'), keystonePort);
  say('starting Keystone');
  await keystone.create();
  await keystone.start();
  const cloudsFile = await writeClouds(dir, keystone);
  await tally.check('openstack: projects, users, roles, the image service and its endpoints', () =>
    populate(cloudsFile, `http://127.0.0.1:${port}`),
  );
  const gateway = await gatewayEnvironment(keystone, dir, cacheSeconds);
  stack = await startStack({ dataDir: join(dir, 'data'), port, log: say, envOf: { gateway } });
  const clients = new Clients(cloudsFile, stack.url);
  const world = { tally, keystone, clients, api: new ApiClient(stack.url), cacheSeconds, stack, dir };
  await sharingJourney(world);
  await scopeChecks(world);
  await revocationChecks(world);
  await outageChecks(world);
  await world.api.close();
} catch (error) {
  tally.count('the program', (error as Error).stack ?? String(error));
} finally {
  await stack?.stop();
  await keystone?.stop();
  await rm(dir, { recursive: true, force: true });
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);
