// npm run swift: the service on a real Swift that believes a real Keystone. The unmodified `swift` program puts VHDs there
// and fetches exports. Ends with a line `N passed, N failed`.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../tools/free-ports.mjs';
import { startStack, type Stack } from '../../tools/stack.mjs';
import { Clients, installClients } from '../journeys/clients.ts';
import { Tally } from '../journeys/tally.ts';
import { gatewayEnvironment } from '../keystone/gateway-environment.ts';
import { installKeystone, KeystoneServer } from '../keystone/keystone-server.ts';
import { inOneGo, populate, servicePassword, writeClouds } from '../keystone/population.ts';
import { swiftJourney } from './journey.ts';
import { installSwift, SwiftServer } from './swift-server.ts';

/** So small that an export comes in segments. */
const segmentBytes = 8 * 1024 ** 2;
const filesPassword = 'files-p4ssword';

const say = (line: string) => console.log(`  ${line}`);
const tally = new Tally();
const dir = await mkdtemp(join(tmpdir(), 'cloud-images-swift-'));
let keystone: KeystoneServer | undefined;
let swift: SwiftServer | undefined;
let stack: Stack | undefined;
try {
  await installClients(say);
  await installKeystone(say);
  await installSwift(say);
  const [keystonePort, port] = (await freePorts(2)) as [number, number];
  await Promise.all(['keystone', 'swift'].map((name) => mkdir(join(dir, name))));
  keystone = new KeystoneServer(join(dir, 'keystone'), keystonePort);
  const { url } = keystone;
  const checker = { url, username: 'glance', password: servicePassword, project: 'service' };
  swift = new SwiftServer(join(dir, 'swift'), checker);
  say('starting Keystone and Swift');
  await keystone.create();
  await keystone.start();
  await swift.create();
  await swift.start();
  const cloudsFile = await writeClouds(dir, keystone);
  await populate(cloudsFile, `http://127.0.0.1:${port}`);
  await inOneGo(cloudsFile, [
    'role create ResellerAdmin',
    `user create --domain default --password ${filesPassword} files`,
    'role add --project service --user files ResellerAdmin',
    'service create --name swift object-store',
    `endpoint create --region RegionOne swift public ${swift.url}/AUTH_%(project_id)s`,
  ]);
  const gateway = {
    ...(await gatewayEnvironment(keystone, dir, 60)),
    CLOUD_IMAGES_SWIFT_PUBLIC_URL: swift.url,
  };
  const worker = {
    CLOUD_IMAGES_SWIFT_URL: swift.url,
    CLOUD_IMAGES_SWIFT_KEYSTONE_URL: url,
    CLOUD_IMAGES_SWIFT_USERNAME: 'files',
    CLOUD_IMAGES_SWIFT_PASSWORD: filesPassword,
    CLOUD_IMAGES_SWIFT_PROJECT: 'service',
    CLOUD_IMAGES_SWIFT_SEGMENT_BYTES: String(segmentBytes),
    CLOUD_IMAGES_LOG_LEVEL: 'debug',
  };
  stack = await startStack({ dataDir: join(dir, 'data'), port, log: say, envOf: { gateway, 'task-worker': worker } });
  const clients = new Clients(cloudsFile, stack.url);
  await swiftJourney({ tally, keystone, swift, clients, stack, dir, segmentBytes, secret: filesPassword });
} catch (error) {
  tally.count('the program', (error as Error).stack ?? String(error));
} finally {
  await stack?.stop();
  await swift?.stop();
  await keystone?.stop();
  if (tally.failed === 0) await rm(dir, { recursive: true, force: true });
  else say(`what the servers said is in ${dir}`);
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);
