// npm run clients [-- --only sdk,osc,glance,gophercloud]: the OpenStack clients, unmodified from their registries, through
// every call that they have for images, their data, tags, members, schemas, info and locations: once with unset
// attributes left out (as we serve them by default) and once with nulls (as Glance does). Ends with `N passed, N failed`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeClouds } from '../../tools/development-users.mjs';
import { startStack } from '../../tools/stack.mjs';
import { installClients } from '../journeys/clients.ts';
import { Tally } from '../journeys/tally.ts';
import { programsOf } from '../support/python-environment.ts';
import { gophercloud } from './gophercloud.ts';
import { linesOf, type Setting } from './run-client.ts';

const { values } = parseArgs({ options: { only: { type: 'string', default: 'sdk,osc,glance,gophercloud' } } });
const wanted = values.only.split(',');
const users = join(import.meta.dirname, 'users.yaml');
const say = (line: string) => console.log(`  ${line}`);
const tally = new Tally();

const go = wanted.includes('gophercloud') ? await gophercloud(say) : undefined;
if (wanted.some((client) => client !== 'gophercloud')) await installClients(say);
// Each with a service of its own, at the same time: starting Python takes longer than what is asked.
await Promise.all((['omit', 'null'] as const).map(withUnset));
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);

async function withUnset(unset: Setting['unset']): Promise<void> {
  const of = unset === 'omit' ? 'unset attributes left out' : 'unset attributes null';
  const directory = await mkdtemp(join(tmpdir(), 'cloud-images-clients-'));
  const stack = await startStack({
    dataDir: join(directory, 'data'),
    identityFile: users,
    env: { CLOUD_IMAGES_DELETE_DELAY_SECONDS: '60' },
    envOf: { catalog: { CLOUD_IMAGES_NULL_ATTRIBUTES: unset } },
    log: say,
  });
  try {
    const { path } = await writeClouds(directory, stack.identityFile, stack.url);
    const setting: Setting = { url: stack.url, clouds: path, unset, home: directory };
    for (const client of ['sdk', 'osc', 'glance'].filter((name) => wanted.includes(name))) {
      const python = join(programsOf('openstack-clients'), 'python');
      await count(client, of, linesOf(python, [join(import.meta.dirname, `${client}.py`)], setting));
    }
    if (go !== undefined) await count('gophercloud', of, linesOf(go, [], setting));
  } finally {
    await stack.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function count(client: string, of: string, lines: ReturnType<typeof linesOf>): Promise<void> {
  const began = performance.now();
  let checks = 0;
  try {
    for await (const { what, problem } of lines) {
      checks += 1;
      tally.count(`${what} (${of})`, problem ?? undefined);
    }
  } catch (error) {
    tally.count(`${client} (${of})`, (error as Error).message);
  }
  say(`${client}, ${of}: ${checks} checks in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
