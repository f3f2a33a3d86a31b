// Imports and exports through the gateway, from and into Cloud Files: plain REST, real files.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { soundVhd, dynamicVhd, unsoundVhds } from '../support/vhd.ts';
import { withQemu } from '../support/with-programs.ts';
import { makeImage } from './images.ts';
import { titled } from './rules/row.ts';
import { people, type Person } from './service.ts';

const octets = { 'content-type': 'application/octet-stream' };

let demo: Person;
let alt: Person;
let container: string;

beforeAll(async () => {
  ({ demo, alt } = await people({ demo: 'demo', alt: 'alt' }));
  container = `tasks-${randomUUID()}`;
  expect((await files('PUT', '')).status).toBe(201);
});
afterAll(() => Promise.all([demo.client.close(), alt.client.close()]));

const files = (method: string, object: string, body?: Buffer, who = demo) =>
  who.client.call(method, `/v1/AUTH_${who.projectId}/${container}${object === '' ? '' : `/${object}`}`, {
    ...(body === undefined ? {} : { body, headers: octets }),
    timeoutMs: 60_000,
  });

async function put(vhd: Buffer): Promise<string> {
  const name = `${randomUUID()}.vhd`;
  expect((await files('PUT', name, vhd)).status).toBe(201);
  return `${container}/${name}`;
}

/** As an object that is made of two others: a task has to read it, where it has the store copy one that is whole. */
async function putInSegments(vhd: Buffer): Promise<string> {
  const name = `${randomUUID()}.vhd`;
  const half = Math.ceil(vhd.length / 2);
  const segments: object[] = [];
  for (const [nth, part] of [vhd.subarray(0, half), vhd.subarray(half)].entries()) {
    if (part.length === 0) continue;
    expect((await files('PUT', `${name}.${nth}`, part)).status).toBe(201);
    segments.push({ path: `/${container}/${name}.${nth}`, size_bytes: part.length });
  }
  const manifest = Buffer.from(JSON.stringify(segments));
  expect((await files('PUT', `${name}?multipart-manifest=put`, manifest)).status).toBe(201);
  return `${container}/${name}`;
}

const ways = [
  ['whole', put],
  ['in segments', putInSegments],
] as const;

async function finished(type: string, input: object, who = demo): Promise<any> {
  const { status, json } = await who.client.call('POST', '/v2/tasks', { body: { type, input } });
  expect({ status, says: json.message }).toEqual({ status: 201, says: 'None' });
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    const task = (await who.client.call('GET', `/v2/tasks/${json.id}`)).json;
    if (task.status === 'success' || task.status === 'failure') return task;
  }
  throw new Error(`task ${json.id} did not end`);
}

const imported = (import_from: string, image_properties: object = { name: 'imported' }) =>
  finished('import', { import_from, image_properties });
const exported = (image_uuid: string, receiving_swift_container = container) =>
  finished('export', { image_uuid, receiving_swift_container });

const imagesCalled = async (name: string): Promise<any[]> =>
  (await demo.client.call('GET', `/v2/images?name=${name}&limit=1000`)).json.images;

/** Files of the store; what was cut off is removed in the background. */
async function stored(): Promise<ReadonlySet<string>> {
  const data = process.env['CLOUD_IMAGES_TEST_DATA'];
  if (!data) return new Set();
  const entries = await readdir(join(data, 'blobs'), { recursive: true, withFileTypes: true });
  return new Set(entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name)));
}

describe('an import', () => {
  const sound = [
    ['fixed', soundVhd(1_048_576)],
    ['dynamic', dynamicVhd(4 * 1024 ** 2)],
  ] as const;
  const soundOnes = ways.flatMap(([way, store]) => sound.map(([kind, vhd]) => [kind, way, vhd, store] as const));
  it.each(soundOnes)(titled('1.5 import', 'of a %s VHD, %s, makes an active image with its data'), async (...row) => {
    const [, , vhd, store] = row;
    const name = `imported-${randomUUID()}`;
    const from = await store(vhd);
    const task = await imported(from, { name });
    expect(task).toMatchObject({ status: 'success', message: 'None', type: 'import', owner: demo.projectId });
    const { json: image } = await demo.client.call('GET', `/v2/images/${task.result.image_id}`);
    expect(image).toMatchObject({
      ...{ name, status: 'active', owner: demo.projectId, disk_format: 'vhd', container_format: 'ovf' },
      ...{ size: vhd.length, image_type: 'import', visibility: 'shared' },
      checksum: createHash('md5').update(vhd).digest('hex'),
      os_hash_value: createHash('sha512').update(vhd).digest('hex'),
    });
    expect((await files('DELETE', from.slice(container.length + 1))).status).toBe(204);
    const { body } = await demo.client.call('GET', `/v2/images/${image.id}/file`);
    expect(body.equals(vhd)).toBe(true);
    expect(await imagesCalled(name)).toHaveLength(1);
  });

  const unsound = Object.entries(unsoundVhds).flatMap(([code, kinds]) =>
    kinds.map(([what, file]) => [code, what, file] as const),
  );
  unsound.push(['609', 'a file over the limit', () => soundVhd(8 * 1024 ** 2)]);
  it.each(ways.flatMap(([way, store]) => unsound.map(([code, what, file]) => [code, what, way, file, store] as const)))(
    titled('1.5 import refused', 'ends with code %s for %s, %s, and nothing is left'),
    async (code, _what, _way, file, store) => {
      const name = `refused-${randomUUID()}`;
      const from = await store(file());
      const before = await stored();
      const task = await imported(from, { name });
      expect(task).toMatchObject({
        ...{ status: 'failure', result: null },
        message: `Image cannot be imported. Error code: '${code}'`,
      });
      expect(task.expires_at).toMatch(/Z$/);
      expect(await imagesCalled(name)).toEqual([]);
      // What others left behind goes meanwhile.
      const left = async () => [...(await stored())].filter((file) => !before.has(file));
      for (const end = Date.now() + 10_000; (await left()).length > 0 && Date.now() < end;) await sleep(100);
      expect(await left()).toEqual([]);
    },
  );

  it.each([
    ['no/such.vhd', 'Image not found for import. Possible invalid location'],
    ['nowhere', 'Image not found for import. Possible invalid location'],
  ])(titled('1.5 import refused', 'from %s fails: %s'), async (from, message) => {
    expect(await imported(from)).toMatchObject({ status: 'failure', message });
  });

  it(titled('1.5 import refused', 'takes no property but the name'), async () => {
    expect(await imported(await put(soundVhd()), { name: 'n', os_type: 'linux' })).toMatchObject({
      ...{ status: 'failure', message: "Image property 'os_type' is not allowed; only 'name' is." },
    });
  });

  it(titled('1.5 import refused', 'reads nothing of another project'), async () => {
    const input = { import_from: await put(soundVhd()), image_properties: { name: 'theirs' } };
    expect(await finished('import', input, alt)).toMatchObject({
      message: 'Image not found for import. Possible invalid location',
    });
  });
});

describe('an export', () => {
  it(titled('1.5 export', 'of a raw image is a fixed VHD of it, and what is there already stays'), async () => {
    const id = await makeImage(demo);
    const data = randomBytes(10_000);
    expect((await demo.client.upload(id, data)).status).toBe(204);
    const task = await exported(id);
    expect(task).toMatchObject({ status: 'success', result: { export_location: `${container}/${id}.vhd` } });
    const { body, status } = await files('GET', `${id}.vhd`);
    expect([status, body.length]).toEqual([200, 10_240 + 512]);
    expect(body.subarray(0, data.length).equals(data)).toBe(true);
    expect(body.toString('latin1', 10_240, 10_248)).toBe('conectix');
    expect(await exported(id)).toMatchObject({
      status: 'failure',
      message: `Swift already has an object with id '${id}.vhd' in container '${container}'`,
    });
    expect((await files('GET', `${id}.vhd`)).body.equals(body)).toBe(true);
  });

  it(titled('1.5 export', 'of a VHD is that VHD, and can be imported again'), async () => {
    const vhd = soundVhd(65_536);
    const { result } = await imported(await put(vhd));
    const { result: there } = await exported(result.image_id);
    expect((await files('GET', `${result.image_id}.vhd`)).body.equals(vhd)).toBe(true);
    expect(await imported(there.export_location)).toMatchObject({ status: 'success' });
  });

  withQemu(titled('1.5 export', 'of a qcow2 image is a VHD of the same content'), async () => {
    const dir = mkdtempSync(join(tmpdir(), 'export-'));
    try {
      const [raw, qcow2, vhd] = ['raw', 'qcow2', 'vhd'].map((name) => join(dir, name)) as [string, string, string];
      writeFileSync(raw, Buffer.concat([randomBytes(70_144), Buffer.alloc(2 * 1024 ** 2)]));
      expect(spawnSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2]).status).toBe(0);
      const id = await makeImage(demo, { fields: { disk_format: 'qcow2' } });
      expect((await demo.client.upload(id, readFileSync(qcow2))).status).toBe(204);
      expect(await exported(id)).toMatchObject({ status: 'success' });
      writeFileSync(vhd, (await files('GET', `${id}.vhd`)).body);
      const compared = spawnSync('qemu-img', ['compare', '-f', 'vpc', '-F', 'raw', vhd, raw], { encoding: 'utf8' });
      expect([compared.status, compared.stdout]).toEqual([0, expect.stringContaining('identical')]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it(titled('1.5 export refused', 'is refused where it can not be done, and makes nothing'), async () => {
    const id = await makeImage(demo, { data: true });
    const queued = await makeImage(demo);
    const theirs = await makeImage(alt, { data: true });
    const community = await makeImage(alt, { data: true, fields: { visibility: 'community' } });
    expect(await exported(id, 'a.b')).toMatchObject({ message: expect.stringContaining('Invalid container name') });
    expect(await exported(id, 'nowhere')).toMatchObject({ message: "Swift has no container 'nowhere'" });
    expect(await exported(queued)).toMatchObject({ message: 'An image that is queued can not be exported.' });
    expect(await exported(theirs)).toMatchObject({ message: 'No image found with that id.' });
    expect(await exported(community)).toMatchObject({ message: 'Only the owner of an image can export it.' });
    await demo.client.call('POST', `/v2/images/${id}/actions/deactivate`);
    expect(await exported(id)).toMatchObject({ status: 'failure', message: expect.stringContaining('deactivated') });
    for (const one of [id, queued, theirs, community]) expect((await files('GET', `${one}.vhd`)).status).toBe(404);
  });
});

describe('tasks', () => {
  it(titled('1.5 tasks', 'can not be deleted: they expire'), async () => {
    const task = await imported('no/such.vhd');
    const { status, headers } = await demo.client.call('DELETE', `/v2/tasks/${task.id}`);
    expect([status, headers['allow']]).toEqual([405, 'GET']);
    expect(Date.parse(task.expires_at) - Date.parse(task.updated_at)).toBe(172_800_000);
  });

  it(titled('1.5 tasks', 'are in the log for ever, and npm run events tells of them'), async () => {
    const { id } = await imported('no/such.vhd');
    const told = spawnSync(process.execPath, [join(import.meta.dirname, '../../tools/events.mjs'), `task-${id}`], {
      env: { ...process.env, CLOUD_IMAGES_DATA: process.env['CLOUD_IMAGES_TEST_DATA'] },
      encoding: 'utf8',
    });
    expect(told.stderr).toBe('');
    expect(told.stdout).toMatch(/task 1 +TaskRequested +– → pending\n/);
    expect(told.stdout).toMatch(/task 3 +TaskFailed +processing → failure\n.*Possible invalid location/);
    expect(told.stdout).toMatch(/via task-worker/);
  });

  it(titled('1.5 tasks', 'are listed as stubs, of the project alone'), async () => {
    const task = await imported('no/such.vhd');
    const { json } = await demo.client.call('GET', '/v2/tasks?limit=1&status=failure&type=import');
    expect(json.tasks).toHaveLength(1);
    expect(Object.keys(json.tasks[0])).toEqual(expect.not.arrayContaining(['input', 'result', 'message']));
    const theirs = await alt.client.call('GET', '/v2/tasks?limit=1000');
    expect(theirs.json.tasks.map(({ id }: any) => id)).not.toContain(task.id);
    expect((await alt.client.call('GET', `/v2/tasks/${task.id}`)).status).toBe(404);
  });
});
