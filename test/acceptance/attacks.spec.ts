// What went wrong with Glance and its neighbours, tried here: the attacks of the fault catalogue that touch these calls, by
// their ids. Those on content, on imports and on the store's own door are tested where those things are.
import { randomUUID } from 'node:crypto';
import { DATA, makeImage, share } from './images.ts';
import { titled } from './rules/row.ts';
import { people, type Person } from './service.ts';

let demo: Person;
let alt: Person;
let admin: Person;
let reader: Person;
let nova: Person;

beforeAll(async () => {
  ({ demo, alt, admin, reader, nova } = await people({
    demo: 'demo',
    alt: 'alt',
    admin: 'admin',
    reader: 'demo',
    nova: 'service',
  }));
});
afterAll(() => Promise.all([demo, alt, admin, reader, nova].map(({ client }) => client.close())));

const show = (id: string, as: Person = demo) => as.client.call('GET', `/v2/images/${id}`);
const bytes = async (id: string, as: Person = demo) => (await as.client.call('GET', `/v2/images/${id}/file`)).status;

describe('attacks', () => {
  it.each([
    ['private', 404],
    ['shared', 404],
    ['community', 403],
  ] as const)(
    `${titled('attacks', 'CVE-2012-4573: another project does not delete an image that is')} %s`,
    async (visibility, status) => {
      const id = await makeImage(demo, { data: true, fields: { visibility } });
      expect((await alt.client.call('DELETE', `/v2/images/${id}`)).status).toBe(status);
      expect((await alt.client.call('POST', `/v2/images/${id}/actions/purge`)).status).toBe(status);
      expect(await bytes(id)).toBe(200);
    },
  );

  it(
    titled('attacks', 'CVE-2013-4354: an image does not get into another’s list by being shared with it'),
    async () => {
      const name = `ubuntu-${randomUUID()}`;
      const id = await makeImage(alt, { data: true, fields: { name } });
      await share(id, alt, demo);
      const listed = async (query: string) =>
        (await demo.client.call('GET', `/v2/images?name=${name}${query}`)).json.images.length as number;
      expect([await listed(''), await listed('&visibility=shared')]).toEqual([0, 0]);
      expect(await listed('&visibility=shared&member_status=pending')).toBe(1);
    },
  );

  it(titled('attacks', 'CVE-2013-4428: who may not download may not after another did, nor a part'), async () => {
    const id = await makeImage(demo, { data: true });
    expect(await bytes(id)).toBe(200);
    expect(await bytes(id, reader)).toBe(403);
    const part = { headers: { range: 'bytes=0-1' } };
    expect((await reader.client.call('GET', `/v2/images/${id}/file`, part)).status).toBe(403);
  });

  it.each([
    ['file:///etc/passwd'],
    ['FILE:///etc/passwd'],
    ['file:/etc/passwd'],
    ['filesystem:///etc/passwd'],
    ['\\\\host\\share'],
    ['http://127.0.0.1/x'],
    ['https://169.254.169.254/latest/meta-data'],
    ['s3://cloud-images/images/aa/bb/x'],
    ['rbd://pool/image/snap'],
    ['cinder://x'],
    ['swift+config://ref/container/object'],
    ['vsphere://host/folder'],
    ['javascript:alert(1)'],
    ['data:text/plain,x'],
    ['gopher://127.0.0.1:25/x'],
  ])(
    `${titled('attacks', 'CVE-2014-9493, CVE-2015-1195, OSSN-0065: no location is taken from a person:')} %s`,
    async (url) => {
      const id = await makeImage(demo);
      const added = await demo.client.call('POST', `/v2/images/${id}/locations`, { body: { url } });
      expect(added.status).toBe(403);
      const location = [{ url, metadata: {} }];
      for (const operation of [
        { op: 'add', path: '/locations', value: location },
        { op: 'replace', path: '/locations', value: location },
        { op: 'add', path: '/locations/-', value: location[0] },
        { op: 'add', path: '/location', value: url },
        { op: 'add', path: '/direct_url', value: url },
      ]) {
        const { status } = await demo.client.patch(id, [operation]);
        expect([400, 403]).toContain(status);
      }
      for (const field of ['locations', 'location', 'direct_url']) {
        const { status } = await demo.client.call('POST', '/v2/images', { body: { [field]: url } });
        expect([400, 403]).toContain(status);
      }
      const { json } = await show(id);
      expect(JSON.stringify(json)).not.toContain(url);
    },
  );

  it(titled('attacks', 'CVE-2015-5251: no header changes what an image is'), async () => {
    const id = await makeImage(demo, { data: true });
    const before = (await show(id)).json;
    const headers = Object.fromEntries(
      ['status', 'checksum', 'os_hash_value', 'size', 'owner', 'is_public', 'location', 'copy_from', 'id'].flatMap(
        (name) => [
          [`x-image-meta-${name}`, 'queued'],
          [name.replaceAll('_', '-'), 'queued'],
        ],
      ),
    );
    await demo.client.call('GET', `/v2/images/${id}`, { headers });
    await demo.client.patch(id, [], headers);
    expect((await show(id)).json).toEqual(before);
    const { json } = await demo.client.call('POST', '/v2/images', { body: {}, headers });
    expect([json.status, json.owner]).toEqual(['queued', demo.projectId]);
  });

  it(titled('attacks', 'CVE-2016-0757: once active, the data of an id can not be another’s'), async () => {
    const id = await makeImage(demo, { data: true });
    const other = Buffer.from('other data');
    const tries: (() => Promise<{ status: number }>)[] = [
      () => demo.client.upload(id, other),
      () => demo.client.call('POST', `/v2/images/${id}/actions/deactivate`),
      () => demo.client.upload(id, other),
      () => demo.client.call('POST', `/v2/images/${id}/actions/reactivate`),
      () => demo.client.call('DELETE', `/v2/images/${id}`),
      () => demo.client.upload(id, other),
      () => demo.client.call('POST', '/v2/images', { body: { id, disk_format: 'raw', container_format: 'bare' } }),
      () => demo.client.call('POST', `/v2/images/${id}/actions/restore`),
      () => demo.client.upload(id, other),
      () => demo.client.patch(id, [{ op: 'replace', path: '/status', value: 'queued' }]),
      () => demo.client.patch(id, [{ op: 'remove', path: '/locations/0' }]),
    ];
    for (const attempt of tries) expect((await attempt()).status).toBeLessThan(500);
    const { body, status } = await demo.client.call('GET', `/v2/images/${id}/file`);
    expect([status, body.toString()]).toEqual([200, DATA.toString()]);
  });

  it(titled('attacks', 'CVE-2016-4383, OSSN-0075: an id is never used again, also after a purge'), async () => {
    const id = await makeImage(demo, { data: true });
    await demo.client.call('DELETE', `/v2/images/${id}`);
    await demo.client.call('POST', `/v2/images/${id}/actions/purge`);
    for (const person of [demo, alt, admin]) {
      for (const spelled of [id, id.toUpperCase()]) {
        expect((await person.client.call('POST', '/v2/images', { body: { id: spelled } })).status).toBe(409);
      }
    }
  });

  const identities = ['x-roles', 'x-role', 'x-user-id', 'x-project-id', 'x-tenant-id', 'x-is-admin-project'].concat(
    [
      'x-identity-status',
      'x-user',
      'x-tenant',
      'x-service-roles',
      'x-cloud-images-identity',
      'x-cloud-images-user-name',
    ],
    ['x-cloud-images-locator', 'x-cloud-images-request-id', 'x-forwarded-user', 'x-remote-user', 'remote-user'],
  );
  it.each(identities)(`${titled('attacks', 'CVE-2026-22797: no header makes one somebody else:')} %s`, async (name) => {
    const id = await makeImage(alt, { data: true, fields: { visibility: 'private' } });
    for (const spelled of [name, name.toUpperCase(), name.replaceAll('-', '_')]) {
      for (const value of ['admin', alt.projectId, '{"roles":["admin"]}']) {
        const headers = { [spelled]: value };
        const seen = await demo.client.call('GET', `/v2/images/${id}`, { headers });
        expect([400, 404]).toContain(seen.status);
        const read = await demo.client.call('GET', `/v2/images/${id}/file`, { headers });
        expect([400, 404]).toContain(read.status);
        const made = await demo.client.call('POST', '/v2/images', { body: { visibility: 'public' }, headers });
        expect([400, 403]).toContain(made.status);
      }
    }
  });

  it(titled('attacks', 'OSSN-0015: public needs an admin; community is in nobody else’s default list'), async () => {
    for (const visibility of ['public'] as const) {
      expect((await demo.client.call('POST', '/v2/images', { body: { visibility } })).status).toBe(403);
    }
    const id = await makeImage(demo, { fields: { visibility: 'community' } });
    expect((await alt.client.call('GET', `/v2/images?id=${id}`)).json.images).toEqual([]);
    expect((await alt.client.call('GET', `/v2/images?id=${id}&visibility=community`)).json.images).toHaveLength(1);
  });

  const routes: [string, string[]][] = [
    ['/v2/images', ['GET', 'POST']],
    ['/v2/images/{id}', ['GET', 'PATCH', 'DELETE']],
    ['/v2/images/{id}/file', ['GET', 'PUT']],
    ['/v2/images/{id}/tags/t', ['PUT', 'DELETE']],
    ['/v2/images/{id}/members', ['GET', 'POST']],
    ['/v2/images/{id}/members/m', ['GET', 'PUT', 'DELETE']],
    ['/v2/images/{id}/locations', ['GET', 'POST']],
    ['/v2/images/{id}/actions/purge', ['POST']],
    ['/v2/schemas/image', ['GET']],
    ['/v2/info/usage', ['GET']],
  ];
  it.each(routes)(`${titled('attacks', 'OSSN-0048: a wrong verb reaches nothing:')} %s`, async (path, offered) => {
    const id = await makeImage(demo);
    for (const verb of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'LOCK']) {
      if (offered.includes(verb)) continue;
      const { status, headers, body } = await demo.client.call(verb, path.replace('{id}', id));
      expect([verb, status, headers['allow']]).toEqual([verb, 405, offered.join(', ')]);
      if (verb === 'HEAD') expect(body.length).toBe(0);
    }
    expect((await show(id)).json.status).toBe('queued');
  });

  it(
    titled('attacks', 'CVE-2013-0212, CVE-2014-1948: errors and headers hold no path, host or key of the store'),
    async () => {
      const id = await makeImage(demo, { data: true });
      const answers = await Promise.all([
        show(id),
        demo.client.call('GET', `/v2/images/${id}/file`),
        demo.client.call('GET', `/v2/images/${id}/file`, { headers: { range: 'bytes=99-' } }),
        demo.client.upload(id, DATA),
        demo.client.call('GET', `/v2/images/${id}/locations`),
        demo.client.call('GET', '/v2/images/%00'),
        demo.client.call('GET', '/v2/images?marker=x'),
      ]);
      for (const { headers, body } of answers) {
        const said = JSON.stringify(headers) + body.toString('utf8');
        expect(said).not.toMatch(
          /images\/[0-9a-f]{2}\/[0-9a-f]{2}\/|\/blobs|\/tmp\/|127\.0\.0\.1:(?!\d*\/v2)|x-cloud-images/,
        );
        expect(said).not.toContain(demo.client.token);
      }
    },
  );
});
