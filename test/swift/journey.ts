// Imports and exports against a real Swift: what people see, and what is left when things go wrong.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../../tools/stack.mjs';
import { execute, succeeded, type Clients } from '../journeys/clients.ts';
import type { Tally } from '../journeys/tally.ts';
import { Tasks } from '../journeys/tasks.ts';
import type { KeystoneServer } from '../keystone/keystone-server.ts';
import { issueToken, userPassword, type Person } from '../keystone/population.ts';
import { fixedVhd } from '../support/disk-content.ts';
import type { SwiftServer } from './swift-server.ts';

export interface SwiftWorld {
  readonly tally: Tally;
  readonly keystone: KeystoneServer;
  readonly swift: SwiftServer;
  readonly clients: Clients;
  readonly stack: Stack;
  readonly dir: string;
  readonly segmentBytes: number;
  /** The service user's password. */
  readonly secret: string;
}

const MIB = 1024 ** 2;
const md5 = (data: Buffer) => createHash('md5').update(data).digest('hex');

export async function swiftJourney(world: SwiftWorld): Promise<void> {
  const { tally, keystone, clients, stack, dir, segmentBytes } = world;
  const vhd = fixedVhd(randomBytes(20 * MIB));
  const path = join(dir, 'disk.vhd');
  await writeFile(path, vhd);
  const swift = async (person: Person, ...args: string[]) => succeeded(await run(world, person, args)).stdout;
  const token = await issueToken(keystone, 'ann');
  const tasks = new Tasks(stack.url, token);
  const json = <T>(...command: string[]) => clients.openstackJson<T>('ann', ...command);
  const create = async (name: string, size: number) => {
    const disk = join(dir, `${name}.img`);
    await writeFile(disk, randomBytes(size));
    const formats = ['--disk-format', 'raw', '--container-format', 'bare', '--file', disk];
    return { disk, id: (await json<{ id: string }>('image', 'create', ...formats, name)).id };
  };
  const fetched = async (container: string, name: string) => {
    await swift('ann', 'download', container, name, '--output', join(dir, 'back'));
    return readFile(join(dir, 'back'));
  };
  const segmentsOf = async (name: string): Promise<string[]> => {
    const listed = await run(world, 'ann', ['list', 'exports_segments', '--prefix', name]);
    // Made with the first segment.
    if (/not found/i.test(listed.stderr)) return [];
    return succeeded(listed).stdout.split('\n').filter(Boolean);
  };

  await tally.check('the gateway serves no files; the catalog names Swift, and it is what clients use', async () => {
    for (const place of ['/info', '/v1/AUTH_x', '/v1/AUTH_x/c/o']) {
      const { status } = await fetch(stack.url + place, { headers: { 'x-auth-token': token } });
      assert.deepEqual([place, status], [place, 404]);
    }
    const document = (await (await fetch(`${stack.url}/openapi.json`)).json()) as { paths: object };
    assert.ok(!Object.keys(document.paths).some((one) => one.includes('{account}')));
    await swift('ann', 'post', 'vhds');
    await swift('ann', 'post', 'exports');
  });
  for (const [how, ...options] of [
    ['in one piece'],
    ['in dynamic segments', '-S', String(4 * MIB), '--use-dlo'],
    ['as a static large object', '-S', String(4 * MIB), '--use-slo'],
  ] as [string, ...string[]][]) {
    await tally.check(`swift: upload a VHD ${how}, import it: an active image of the same bytes`, async () => {
      const name = `dir é/${how}.vhd`;
      await swift('ann', 'upload', 'vhds', path, '--object-name', name, ...options);
      const { image_id: id } = await tasks.done('import', { import_from: `vhds/${name}` });
      const image = await json<Record<string, unknown>>('image', 'show', id!);
      assert.deepEqual([image['status'], image['size'], image['checksum']], ['active', vhd.length, md5(vhd)]);
    });
  }
  await tally.check(
    'what is not there, is no VHD, or is another project’s fails in the words of the table',
    async () => {
      await writeFile(join(dir, 'text'), 'no VHD at all');
      await swift('ann', 'upload', 'vhds', join(dir, 'text'), '--object-name', 'text');
      await swift('bob', 'post', 'private');
      await swift('bob', 'upload', 'private', path, '--object-name', 'disk.vhd');
      const { id: blue } = await clients.openstackJson<{ id: string }>('admin', 'project', 'show', 'blue');
      for (const [from, message] of [
        ['vhds/none', 'Image not found for import. Possible invalid location'],
        ['none/none', 'Image not found for import. Possible invalid location'],
        ['private/disk.vhd', 'Image not found for import. Possible invalid location'],
        [`vhds/../../AUTH_${blue}/private/disk.vhd`, 'Image not found for import. Possible invalid location'],
        ['vhds/text', "Image cannot be imported. Error code: '396'"],
      ]) {
        await assert.rejects(tasks.done('import', { import_from: from }), new RegExp(escaped(message!)), from);
      }
    },
  );
  await tally.check('a link to another project’s object is not read, neither alone nor among segments', () =>
    checkLinks(world, token, path),
  );
  for (const [what, size] of [
    ['in one piece', 3 * MIB],
    ['in segments', 2 * segmentBytes + 5 * MIB],
  ] as const) {
    await tally.check(`an export ${what}: swift gets the VHD of the image, once, and can remove it`, async () => {
      const { disk, id } = await create(what.replaceAll(' ', '-'), size);
      const result = await tasks.done('export', { image_uuid: id, receiving_swift_container: 'exports' });
      assert.equal(result['export_location'], `exports/${id}.vhd`);
      const back = await fetched('exports', `${id}.vhd`);
      assert.deepEqual(back.subarray(0, size), await readFile(disk));
      assert.equal(back.toString('latin1', back.length - 512, back.length - 504), 'conectix');
      assert.equal((await segmentsOf(id)).length, size > segmentBytes ? 3 : 0);
      await assert.rejects(
        tasks.done('export', { image_uuid: id, receiving_swift_container: 'exports' }),
        new RegExp(escaped(`Swift already has an object with id '${id}.vhd' in container 'exports'`)),
      );
      assert.equal(md5(await fetched('exports', `${id}.vhd`)), md5(back));
      await assert.rejects(
        tasks.done('export', { image_uuid: id, receiving_swift_container: 'nowhere' }),
        /Swift has no container 'nowhere'/,
      );
      await swift('ann', 'delete', 'exports', `${id}.vhd`);
      assert.deepEqual(await segmentsOf(id), []);
    });
  }
  await tally.check(
    'Swift away: a task waits for it; the worker killed meanwhile: one object, no segment too many',
    async () => {
      const { id } = await create('outage', 3 * segmentBytes);
      await world.swift.stop();
      const ended = tasks.done('export', { image_uuid: id, receiving_swift_container: 'exports' });
      await sleep(3_000);
      await world.swift.start();
      await killAmidSegments(world, async () => (await segmentsOf(id)).length);
      assert.equal((await ended)['export_location'], `exports/${id}.vhd`);
      const segments = await segmentsOf(id);
      assert.equal(segments.length, 4);
      assert.equal(new Set(segments.map((name) => name.split('/')[2])).size, 1, 'of two runs');
      assert.equal((await fetched('exports', `${id}.vhd`)).length, 3 * segmentBytes + 512);
    },
  );
  await tally.check('no log holds the service user’s password or a token', async () => {
    const logs = join(stack.dataDir, 'logs');
    for (const file of await readdir(logs)) {
      const text = await readFile(join(logs, file), 'utf8');
      for (const secret of [world.secret, token]) assert.ok(!text.includes(secret), `${file} holds a secret`);
      assert.doesNotMatch(text, /gAAAAA[\w-]{40}/, file);
    }
  });
}

/** What `swift` itself shows of them says that they lead there: Swift would follow them for the service user. */
async function checkLinks(world: SwiftWorld, token: string, vhd: string): Promise<void> {
  const { swift, clients, stack } = world;
  const tasks = new Tasks(stack.url, token);
  const project = async (name: string) =>
    (await clients.openstackJson<{ id: string }>('admin', 'project', 'show', name)).id;
  const [red, blue] = [await project('red'), await project('blue')];
  const put = async (name: string, headers: Record<string, string>, body = '') => {
    const answer = await fetch(`${swift.url}/AUTH_${red}/${name}`, {
      ...{ method: 'PUT', headers: { 'x-auth-token': token, ...headers } },
      ...(name.includes('/') ? { body } : {}),
    });
    assert.ok(answer.ok, `${name}: ${answer.status}`);
  };
  const links = {
    theirs: { 'x-symlink-target': 'private/disk.vhd', 'x-symlink-target-account': `AUTH_${blue}` },
    own: { 'x-symlink-target': 'vhds/disk.vhd' },
  };
  succeeded(await run(world, 'ann', ['upload', 'vhds', vhd, '--object-name', 'disk.vhd']));
  await put('links', {});
  for (const [name, headers] of Object.entries(links)) await put(`links/${name}`, headers);
  // Between two of its own: Swift takes as much of it as the last one is said to have.
  await put('links/parts/1', {}, 'x');
  await put('links/parts/2', links.theirs);
  succeeded(await run(world, 'ann', ['upload', 'links', vhd, '--object-name', 'parts/3']));
  await put('links/whole', { 'x-object-manifest': 'links/parts/' });
  const shown = await fetch(`${swift.url}/AUTH_${red}/links/own`, {
    method: 'HEAD',
    headers: { 'x-auth-token': token },
  });
  assert.equal(shown.headers.get('content-location'), `/v1/AUTH_${red}/vhds/disk.vhd`);
  for (const name of ['theirs', 'own', 'whole']) {
    await assert.rejects(
      tasks.done('import', { import_from: `links/${name}` }),
      /Image not found for import\. Possible invalid location/,
      name,
    );
  }
}

/** As soon as a segment is seen, or after a while: it may be too quick. */
async function killAmidSegments({ stack }: SwiftWorld, segments: () => Promise<number>): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(50)) {
    if ((await segments().catch(() => 0)) > 0) break;
  }
  await stack.kill('task-worker');
  await stack.restart('task-worker');
}

function run({ keystone, clients }: SwiftWorld, person: Person, args: readonly string[]) {
  return execute(clients.program('swift'), args, {
    ...{ OS_AUTH_URL: keystone.url, OS_IDENTITY_API_VERSION: '3', ST_AUTH_VERSION: '3' },
    ...{ OS_USERNAME: person, OS_PASSWORD: userPassword, OS_PROJECT_NAME: person === 'bob' ? 'blue' : 'red' },
    ...{ OS_USER_DOMAIN_ID: 'default', OS_PROJECT_DOMAIN_ID: 'default', OS_REGION_NAME: 'RegionOne' },
  });
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
