// Data that comes into an image by an import: staged, or named by a URL. What a URL gives is fetched by the journey, from a
// server whose address is allowed there; here nothing but refusals and failures.
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { qcow2Of } from '../support/qcow2-of.ts';
import { withPrograms } from '../support/with-programs.ts';
import { makeImage } from './images.ts';
import { titled } from './rules/row.ts';
import { people, type Person } from './service.ts';

const octets = { 'content-type': 'application/octet-stream' };
const data = randomBytes(300_000);
const direct = { name: 'glance-direct' };
const download = (uri: string) => ({ name: 'web-download', uri });

let demo: Person;
let alt: Person;

beforeAll(async () => {
  ({ demo, alt } = await people({ demo: 'demo', alt: 'alt' }));
});
afterAll(() => Promise.all([demo.client.close(), alt.client.close()]));

const made = (fields: Record<string, unknown> = {}): Promise<string> => makeImage(demo, { fields });
const stage = (id: string, body = data, headers: Record<string, string> = octets) =>
  demo.client.call('PUT', `/v2/images/${id}/stage`, { body, headers });
const begin = (id: string, method: object, who = demo, more: object = {}) =>
  who.client.call('POST', `/v2/images/${id}/import`, { body: { method, ...more } });
const show = async (id: string) => (await demo.client.call('GET', `/v2/images/${id}`)).json;
const tasksOf = async (id: string): Promise<any[]> =>
  (await demo.client.call('GET', `/v2/images/${id}/tasks`)).json.tasks;

async function ended(id: string): Promise<any> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
    const [task] = await tasksOf(id);
    if (task?.status === 'success' || task?.status === 'failure') return task;
  }
  throw new Error('no import of the image ended');
}

describe('staged data', () => {
  it(titled('1.9 stage', 'lies ready, and no upload and no second stage takes its place'), async () => {
    const id = await made();
    expect((await stage(id)).status).toBe(204);
    expect(await show(id)).toMatchObject({ status: 'uploading' });
    expect((await stage(id)).json).toMatchObject({ error: 'status-conflict' });
    const upload = await demo.client.call('PUT', `/v2/images/${id}/file`, { body: data, headers: octets });
    expect(upload.json).toMatchObject({ error: 'status-conflict' });
    expect((await demo.client.call('GET', `/v2/images/${id}/file`)).status).toBe(204);
    expect((await demo.client.call('DELETE', `/v2/images/${id}`)).status).toBe(204);
  });

  it(titled('1.9 stage', 'is refused as an upload is, and the image stays queued'), async () => {
    const id = await made();
    expect((await stage(id, data, { 'content-type': 'text/plain' })).status).toBe(415);
    expect(await show(id)).toMatchObject({ status: 'queued' });
  });

  it(
    titled('1.9 import', 'becomes the data of the image by one import, whatever came at once'),
    async () => {
      const id = await made();
      await stage(id);
      const answers = await Promise.all(Array.from({ length: 5 }, () => begin(id, direct)));
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
      expect(await ended(id)).toMatchObject({ type: 'api_image_import', status: 'success', result: { image_id: id } });
      expect(await show(id)).toMatchObject({
        ...{ status: 'active', size: data.length, checksum: createHash('md5').update(data).digest('hex') },
      });
      const got = await demo.client.call('GET', `/v2/images/${id}/file`);
      expect(got.body.equals(data)).toBe(true);
      expect(await tasksOf(id)).toHaveLength(1);
    },
    60_000,
  );
});

describe('staged data that a site wants otherwise', () => {
  const digest = (algorithm: string, of: Buffer) => createHash(algorithm).update(of).digest('hex');

  withPrograms('gzip', 'zstd', 'qemu-img')(
    titled('1.9 options', 'is decompressed and converted, and size, digests and formats are of what is stored'),
    async () => {
      const disk = Buffer.concat([randomBytes(70_144), Buffer.alloc(1024 ** 2)]);
      for (const compressed of [gzipSync(qcow2Of(disk)), zstdCompressSync(qcow2Of(disk))]) {
        const id = await made({ disk_format: 'qcow2', container_format: 'ovf' });
        expect((await stage(id, compressed)).status).toBe(204);
        expect(await show(id)).toMatchObject({ status: 'uploading', disk_format: 'qcow2', size: compressed.length });
        expect((await begin(id, direct)).status).toBe(202);
        expect(await ended(id)).toMatchObject({ status: 'success' });
        expect(await show(id)).toMatchObject({
          ...{ status: 'active', disk_format: 'raw', container_format: 'bare', virtual_size: disk.length },
          ...{ size: disk.length, checksum: digest('md5', disk), os_hash_value: digest('sha512', disk) },
        });
        expect((await demo.client.call('GET', `/v2/images/${id}/file`)).body.equals(disk)).toBe(true);
      }
    },
    60_000,
  );

  withPrograms('gzip')(
    titled('1.9 options', 'and can not have it leaves the image queued, to be imported again'),
    async () => {
      const whole = gzipSync(data);
      for (const [body, says, fields] of [
        [whole.subarray(0, -3), 'The image can not be decompressed: ', {}],
        [gzipSync(Buffer.alloc(8 * 1024 ** 2)), 'The data is more than 100 times as large as what was sent', {}],
        [whole, 'The image can not be converted: ', { disk_format: 'qcow2' }],
      ] as const) {
        const id = await made(fields);
        expect((await stage(id, body)).status).toBe(204);
        await begin(id, direct);
        expect(await ended(id)).toMatchObject({ status: 'failure', message: expect.stringContaining(says) });
        const { status, size } = await show(id);
        expect([status, size]).toEqual(['queued', undefined]);
        expect((await stage(id, whole)).status).toBe(204);
      }
    },
    60_000,
  );
});

describe('a web-download', () => {
  it(
    titled('1.9 import', 'that fails says one sentence at one time, and the image can be imported again'),
    async () => {
      const id = await made();
      expect((await begin(id, download('http://nobody.invalid/disk.raw'))).status).toBe(202);
      expect(await ended(id)).toMatchObject({ status: 'failure', message: 'The URL could not be fetched.' });
      expect(await show(id)).toMatchObject({ status: 'queued' });
      expect((await begin(id, download('http://nobody.invalid/disk.raw'))).status).toBe(202);
    },
    60_000,
  );

  it(titled('1.9 import refused', 'to the inside, or in an odd spelling, is never promised'), async () => {
    const id = await made();
    for (const uri of [
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://0x7f.1/',
      'http://[::ffff:10.0.0.1]/',
      'http://169.254.169.254/latest/meta-data/',
      'http://user:word@images.example/',
      'http://images.example:22/',
      'file:///etc/passwd',
      'ftp://images.example/',
    ]) {
      const { status, json } = await begin(id, download(uri));
      expect({ uri, status, error: json.error }).toEqual({ uri, status: 400, error: 'uri-refused' });
    }
    expect(await show(id)).toMatchObject({ status: 'queued' });
    expect(await tasksOf(id)).toEqual([]);
  });
});

describe('an import that can not begin', () => {
  it(titled('1.9 import refused', 'is told why'), async () => {
    const id = await made();
    const active = await made();
    await demo.client.call('PUT', `/v2/images/${active}/file`, { body: data, headers: octets });
    const { json: bare } = await demo.client.call('POST', '/v2/images', { body: { name: 'no formats' } });
    const uri = 'http://images.example/';
    for (const [image, method, more, who, status, error] of [
      [id, direct, {}, demo, 409, 'status-conflict'],
      [active, download(uri), {}, demo, 409, 'status-conflict'],
      [bare.id, download(uri), {}, demo, 409, 'status-conflict'],
      [id, download(uri), {}, alt, 404, 'not-found'],
      [id, { name: 'web-download' }, {}, demo, 400, 'invalid-body'],
      [id, { name: 'magic' }, {}, demo, 400, 'invalid-body'],
      [id, direct, { all_stores: true }, demo, 400, 'invalid-body'],
      [id, { name: 'copy-image' }, {}, demo, 501, 'not-offered'],
    ] as const) {
      const answer = await begin(image, method, who, more);
      expect({ method, status: answer.status, error: answer.json.error }).toEqual({ method, status, error });
    }
  });

  it(titled('1.9 tasks', 'and its image are nobody else’s business'), async () => {
    const id = await made();
    expect((await alt.client.call('GET', `/v2/images/${id}/tasks`)).status).toBe(404);
    expect(await tasksOf(id)).toEqual([]);
  });
});
