// Sections 1.2 and 6: image data, ranges, deletion, restoring, purging, deactivation.
import { createHash, randomBytes } from 'node:crypto';
import { makeImage } from '../images.ts';
import { people, type Person } from '../service.ts';
import { check, titled, type Row } from './row.ts';

const file = '/v2/images/{id}/file';
const md5 = createHash('md5').update('0123456789').digest('hex');
const octets = { 'content-type': 'application/octet-stream' };

const ranged = (range: string, status: number, body: string, contentRange: string | null): Row => ({
  rule: '1.2 ranges',
  says: `bytes=${range} is ${status}${contentRange === null ? '' : ` ${contentRange}`}`,
  on: 'ten',
  method: 'GET',
  path: file,
  call: { headers: { range: `bytes=${range}` } },
  status,
  headers: {
    ...(contentRange === null ? {} : { 'content-range': contentRange }),
    ...(status === 206 ? { 'content-length': String(body.length), 'content-md5': md5 } : {}),
  },
  ...(status === 206 ? { json: (_json, answer) => expect(answer.body.toString()).toBe(body) } : {}),
});
const uploads = (says: string, on: string, status: number, code: string, extra: Partial<Row> = {}): Row => ({
  rule: '1.2 upload refused',
  says,
  on,
  method: 'PUT',
  path: file,
  call: { body: Buffer.from('data'), headers: octets },
  status,
  code,
  ...extra,
});

const rows: Row[] = [
  {
    rule: '1.2 download',
    says: 'the bytes, their length and digest, and that ranges are taken',
    on: 'ten',
    method: 'GET',
    path: file,
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': '10',
      'content-md5': md5,
      'accept-ranges': 'bytes',
      'content-range': null,
      etag: /^"[0-9a-f]{128}"$/,
    },
    json: (_json, answer) => expect(answer.body.toString()).toBe('0123456789'),
  },
  { rule: '1.2 download', says: '204 while there is no data', on: 'queued', method: 'GET', path: file, status: 204 },
  {
    rule: '1.2 download',
    says: 'a member, whatever its answer',
    as: 'alt',
    on: 'sharedWithAlt',
    method: 'GET',
    path: file,
    status: 200,
  },
  {
    rule: '1.2 download',
    says: 'an admin reads a deactivated image',
    as: 'admin',
    on: 'deactivated',
    method: 'GET',
    path: file,
    status: 200,
  },
  ...(['reader', 'observer'] as const).map((as): Row => ({
    rule: '1.2 download refused',
    says: `as ${as}`,
    as,
    on: 'ten',
    method: 'GET',
    path: file,
    status: 403,
    code: 'forbidden',
  })),
  ...[undefined, 'bytes=0-1'].map((range): Row => ({
    rule: '1.2 download refused',
    says: `a deactivated image, ${range ?? 'whole'}`,
    on: 'deactivated',
    method: 'GET',
    path: file,
    ...(range === undefined ? {} : { call: { headers: { range } } }),
    status: 403,
    code: 'image-deactivated',
  })),
  {
    rule: '1.2 download refused',
    says: 'an image that one can not see',
    as: 'alt',
    on: 'ten',
    method: 'GET',
    path: file,
    status: 404,
    code: 'not-found',
  },

  ranged('0-4', 206, '01234', 'bytes 0-4/10'),
  ranged('5-', 206, '56789', 'bytes 5-9/10'),
  ranged('-3', 206, '789', 'bytes 7-9/10'),
  ranged('8-50', 206, '89', 'bytes 8-9/10'),
  ranged('-30', 206, '0123456789', 'bytes 0-9/10'),
  ranged('0-0', 206, '0', 'bytes 0-0/10'),
  ranged('9-9', 206, '9', 'bytes 9-9/10'),
  ...['10-', '20-30', '5-2', 'x', '-', '-0', ''].map((range) => ranged(range, 416, '', 'bytes */10')),
  ...['0-1,3-4', '0-1,', '0-0,-1'].map((range): Row => ({ ...ranged(range, 400, '', null), code: 'invalid-range' })),
  { ...ranged('lines=0-1', 416, '', 'bytes */10'), says: 'another unit', call: { headers: { range: 'lines=0-1' } } },
  {
    ...ranged('Content-Range', 206, '123', 'bytes 1-3/10'),
    says: 'old clients ask by Content-Range',
    call: { headers: { 'content-range': 'bytes 1-3/*' } },
  },
  {
    ...ranged('If-Range', 200, '', null),
    says: 'If-Range with another tag gives the whole',
    call: { headers: { range: 'bytes=0-1', 'if-range': '"other"' } },
    headers: { 'content-length': '10', 'content-range': null },
  },
  {
    ...ranged('0-', 416, '', 'bytes */0'),
    says: 'an image of size 0 has no range',
    on: 'empty',
  },

  uploads('another content type', 'queued', 415, 'unsupported-media-type', {
    call: { body: Buffer.from('data'), headers: { 'content-type': 'text/plain' } },
  }),
  uploads('no content type', 'queued', 415, 'unsupported-media-type', { call: { body: Buffer.from('data') } }),
  uploads('a size header that is not the length', 'queued', 400, 'size-mismatch', {
    call: { body: Buffer.from('data'), headers: { ...octets, 'x-openstack-image-size': '5' } },
  }),
  uploads('a size header that is no number', 'queued', 400, 'bad-request', {
    call: { body: Buffer.from('data'), headers: { ...octets, 'x-openstack-image-size': '4k' } },
  }),
  uploads('no disk format', 'noDisk', 400, 'formats-required'),
  uploads('no container format', 'noContainer', 400, 'formats-required'),
  uploads('an image that has data', 'ten', 409, 'status-conflict'),
  uploads('a deactivated image', 'deactivated', 409, 'status-conflict'),
  uploads('an image that one can not see', 'queued', 404, 'not-found', { as: 'alt' }),
  uploads('another’s shared image', 'sharedWithAlt', 403, 'forbidden', { as: 'alt' }),
  uploads('as reader', 'queued', 403, 'forbidden', { as: 'reader' }),
  {
    rule: '1.2 upload refused',
    says: 'after all that the image is still queued, without a size',
    on: 'queued',
    method: 'GET',
    path: '/v2/images/{id}',
    status: 200,
    json: (json) => {
      expect(json.status).toBe('queued');
      expect(json).not.toHaveProperty('size');
    },
  },

  ...(['deactivate', 'reactivate'] as const).flatMap((action): Row[] => [
    {
      rule: '1.1 deactivate',
      says: `${action} of a queued image`,
      on: 'queued',
      method: 'POST',
      path: `/v2/images/{id}/actions/${action}`,
      status: 403,
      code: 'wrong-status',
    },
    {
      rule: '1.1 deactivate',
      says: `${action} of another’s shared image`,
      as: 'alt',
      on: 'sharedWithAlt',
      method: 'POST',
      path: `/v2/images/{id}/actions/${action}`,
      status: 403,
      code: 'forbidden',
    },
    {
      rule: '1.1 deactivate',
      says: `${action} of an image that one can not see`,
      as: 'alt',
      on: 'ten',
      method: 'POST',
      path: `/v2/images/{id}/actions/${action}`,
      status: 404,
      code: 'not-found',
    },
  ]),
  {
    rule: '1.1 delete refused',
    says: 'a protected image',
    on: 'protectedImage',
    method: 'DELETE',
    path: '/v2/images/{id}',
    status: 403,
    code: 'image-protected',
  },
  {
    rule: '1.1 delete refused',
    says: 'a member of it',
    as: 'alt',
    on: 'sharedWithAlt',
    method: 'DELETE',
    path: '/v2/images/{id}',
    status: 403,
    code: 'forbidden',
  },
  {
    rule: '1.1 delete refused',
    says: 'cloudImages:creator',
    as: 'creator',
    on: 'queued',
    method: 'DELETE',
    path: '/v2/images/{id}',
    status: 403,
    code: 'forbidden',
  },
];

describe('image data and the life of an image', () => {
  let everyone: Record<string, Person>;
  let images: Record<string, string>;
  let demo: Person;

  const make = (data = false, fields: object = {}) => makeImage(demo, { data, fields: { ...fields } });
  const call = (method: string, id: string, path = '', as: Person = demo) =>
    as.client.call(method, `/v2/images/${id}${path}`);
  const statusOf = async (id: string) => (await call('GET', id, '?deleted=true')).json.status as string;

  beforeAll(async () => {
    everyone = await people({
      demo: 'demo',
      alt: 'alt',
      admin: 'admin',
      reader: 'demo',
      observer: 'demo',
      creator: 'demo',
    });
    demo = everyone['demo']!;
    images = {
      ten: await make(true),
      queued: await make(),
      empty: await make(false, { size: 0 }),
      deactivated: await make(true),
      sharedWithAlt: await make(true),
      noDisk: await make(false, { disk_format: null }),
      noContainer: await make(false, { container_format: null }),
      protectedImage: await make(true, { protected: true }),
    };
    await call('POST', images['deactivated']!, '/actions/deactivate');
    await demo.client.call('POST', `/v2/images/${images['sharedWithAlt']}/members`, {
      body: { member: everyone['alt']!.projectId },
    });
  });
  afterAll(() => Promise.all(Object.values(everyone).map(({ client }) => client.close())));

  it.each(rows.map((row) => [titled(row.rule, row.says), row] as const))('%s', (_title, row) =>
    check(row, { people: everyone, images }),
  );

  it.each([0, 1, 65_536, 1_500_000])(`${titled('1.2 upload', 'data of')} %i bytes`, async (size) => {
    const data = randomBytes(size);
    const id = await make();
    const { status, body } = await demo.client.upload(id, data, { 'x-openstack-image-size': String(size) });
    expect([status, body.length]).toEqual([204, 0]);
    const { json } = await call('GET', id);
    expect(json).toMatchObject({
      status: 'active',
      size,
      checksum: createHash('md5').update(data).digest('hex'),
      os_hash_algo: 'sha512',
      os_hash_value: createHash('sha512').update(data).digest('hex'),
    });
    const down = await call('GET', id, '/file');
    expect(down.status).toBe(200);
    expect(down.body.equals(data)).toBe(true);
  });

  it(titled('1.2 upload', 'repeated after success: 409, and the data stays'), async () => {
    const id = await make(true);
    expect((await demo.client.upload(id, Buffer.from('other'))).status).toBe(409);
    expect((await call('GET', id, '/file')).body.toString()).toBe('0123456789');
  });

  it(titled('1.2 ranges', 'If-Range with the ETag gives the range'), async () => {
    const etag = String((await call('GET', images['ten']!, '/file')).headers['etag']);
    const answer = await demo.client.call('GET', `/v2/images/${images['ten']}/file`, {
      headers: { range: 'bytes=0-1', 'if-range': etag },
    });
    expect([answer.status, answer.body.toString()]).toEqual([206, '01']);
  });

  it(titled('1.1 deactivate', 'both are 204, also when nothing changes'), async () => {
    const id = await make(true);
    for (const [action, status] of [
      ['deactivate', 'deactivated'],
      ['deactivate', 'deactivated'],
      ['reactivate', 'active'],
      ['reactivate', 'active'],
    ] as const) {
      expect((await call('POST', id, `/actions/${action}`)).status).toBe(204);
      expect(await statusOf(id)).toBe(status);
    }
  });

  it(titled('1.1 deactivate', 'what an admin deactivated its owner can not reactivate'), async () => {
    const id = await make(true);
    expect((await call('POST', id, '/actions/deactivate', everyone['admin'])).status).toBe(204);
    expect((await call('POST', id, '/actions/reactivate')).status).toBe(403);
    expect((await call('POST', id, '/actions/reactivate', everyone['admin'])).status).toBe(204);
  });

  it(titled('1.1 deactivate', 'metadata, list, sharing and details go on'), async () => {
    const id = await make(true);
    await call('POST', id, '/actions/deactivate');
    expect((await demo.client.patch(id, [{ op: 'add', path: '/a', value: 'b' }])).status).toBe(200);
    expect((await call('PUT', id, '/tags/t')).status).toBe(204);
    expect((await call('GET', id)).json.status).toBe('deactivated');
    const listed = await demo.client.call('GET', `/v2/images?id=${id}`);
    expect(listed.json.images).toHaveLength(1);
    const member = { body: { member: everyone['alt']!.projectId } };
    expect((await demo.client.call('POST', `/v2/images/${id}/members`, member)).status).toBe(200);
  });

  it(titled('1.1 delete', 'the image is gone from everywhere'), async () => {
    const id = await make(true);
    expect((await call('DELETE', id)).status).toBe(204);
    for (const path of ['', '/file', '/members']) expect((await call('GET', id, path)).status).toBe(404);
    expect((await demo.client.call('GET', `/v2/images?id=${id}`)).json.images).toEqual([]);
    expect((await call('DELETE', id)).status).toBe(404);
    expect((await demo.client.patch(id, [])).status).toBe(404);
  });

  it(titled('1.1 delete', 'an image without data is gone at once'), async () => {
    const id = await make();
    expect((await call('DELETE', id)).status).toBe(204);
    expect(await statusOf(id)).toBe('deleted');
    expect((await call('POST', id, '/actions/restore')).status).toBe(404);
  });

  it(titled('1.1 delete', 'a deactivated image can be deleted'), async () => {
    const id = await make(true);
    await call('POST', id, '/actions/deactivate');
    expect((await call('DELETE', id)).status).toBe(204);
    expect(await statusOf(id)).toBe('pending_delete');
  });

  it(titled('1.1 restore and purge', 'a restore brings back status, tags, properties and data'), async () => {
    const id = await make(true, { tags: ['a'], note: 'x' });
    const before = (await call('GET', id)).json;
    await call('DELETE', id);
    expect((await call('POST', id, '/actions/restore')).status).toBe(204);
    expect({ ...(await call('GET', id)).json, updated_at: '' }).toEqual({ ...before, updated_at: '' });
    expect((await call('GET', id, '/file')).body.toString()).toBe('0123456789');
  });

  it(titled('1.1 restore and purge', 'a purge is final'), async () => {
    const id = await make(true);
    expect((await call('POST', id, '/actions/purge')).status).toBe(409);
    await call('DELETE', id);
    expect((await call('POST', id, '/actions/purge')).status).toBe(204);
    expect(await statusOf(id)).toBe('deleted');
    expect((await call('POST', id, '/actions/restore')).status).toBe(404);
  });

  it(titled('1.1 restore and purge', 'the owner and an admin find a deleted image by its status'), async () => {
    const id = await make(true);
    await call('DELETE', id);
    const ids = async (person: Person) =>
      (await person.client.call('GET', `/v2/images?status=pending_delete&id=${id}`)).json.images.length as number;
    expect(await Promise.all([demo, everyone['admin']!, everyone['alt']!].map(ids))).toEqual([1, 1, 0]);
  });

  it(titled('1.1 restore and purge', 'nobody else restores'), async () => {
    const id = await make(true, { visibility: 'community' });
    await call('DELETE', id);
    expect((await call('POST', id, '/actions/restore', everyone['alt'])).status).toBe(404);
    expect((await call('POST', id, '/actions/restore', everyone['reader'])).status).toBe(403);
  });
});
