// Writes that can be made conditional, repeated and checked: If-Match, Idempotency-Key, Content-Digest.
import { createHash, randomUUID } from 'node:crypto';
import { DATA, makeImage } from '../images.ts';
import { LogCounter, people, type Person } from '../service.ts';
import { titled } from './row.ts';

let demo: Person;
let alt: Person;
let reader: Person;
let log: LogCounter;

beforeAll(async () => {
  ({ demo, alt, reader } = await people({ demo: 'demo', alt: 'alt', reader: 'demo' }));
  log = new LogCounter();
});
afterAll(async () => {
  await Promise.all([demo, alt, reader].map(({ client }) => client.close()));
  await log.close();
});

const etagOf = async (id: string) => String((await demo.client.call('GET', `/v2/images/${id}`)).headers['etag']);

describe('conditional writes', () => {
  const writes: [string, string, string][] = [
    ['delete', 'DELETE', ''],
    ['tag', 'PUT', '/tags/t'],
    ['untag', 'DELETE', '/tags/there'],
    ['deactivate', 'POST', '/actions/deactivate'],
    ['reactivate', 'POST', '/actions/reactivate'],
  ];

  it.each(writes)(
    `${titled('conditional writes', 'refused with 412 once the image has changed:')} %s`,
    async (_n, method, path) => {
      const id = await makeImage(demo, { data: true, fields: { tags: ['there'] } });
      const old = await etagOf(id);
      await demo.client.patch(id, [{ op: 'add', path: '/note', value: 'x' }]);
      const current = await etagOf(id);
      const refused = await demo.client.call(method, `/v2/images/${id}${path}`, { headers: { 'if-match': old } });
      expect([refused.status, refused.json.error]).toEqual([412, 'precondition-failed']);
      expect(await etagOf(id)).toBe(current);
      const taken = await demo.client.call(method, `/v2/images/${id}${path}`, { headers: { 'if-match': current } });
      expect(taken.status).toBe(204);
    },
  );

  it(titled('conditional writes', 'an upload for an image that has changed is 412, and it stays queued'), async () => {
    const id = await makeImage(demo);
    const old = await etagOf(id);
    await demo.client.patch(id, [{ op: 'add', path: '/note', value: 'x' }]);
    expect((await demo.client.upload(id, DATA, { 'if-match': old })).status).toBe(412);
    expect((await demo.client.upload(id, DATA, { 'if-match': await etagOf(id) })).status).toBe(204);
  });

  it(titled('conditional writes', 'who may not write is told so first'), async () => {
    const id = await makeImage(demo, { fields: { visibility: 'community' } });
    const { status } = await alt.client.call('DELETE', `/v2/images/${id}`, { headers: { 'if-match': 'W/"77"' } });
    expect(status).toBe(403);
  });
});

describe('repeatable writes', () => {
  const create = (person: Person, key: string, body: object) =>
    person.client.call('POST', '/v2/images', { body, headers: { 'idempotency-key': key } });

  it(titled('repeatable writes', 'a create is done once and answered alike'), async () => {
    const key = randomUUID();
    const first = await create(demo, key, { name: 'once' });
    const again = await create(demo, key, { name: 'once' });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.json).toEqual(first.json);
    for (const name of ['location', 'etag', 'openstack-image-import-methods']) {
      expect(again.headers[name]).toBe(first.headers[name]);
    }
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([undefined, 'true']);
  });

  it(titled('repeatable writes', 'twenty at once make one image'), async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(demo, key, { name: 'raced' })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ json }) => json.id as string)).size).toBe(1);
  });

  it(titled('repeatable writes', 'the key with another body is 422'), async () => {
    const key = randomUUID();
    await create(demo, key, { name: 'a' });
    const other = await create(demo, key, { name: 'b' });
    expect([other.status, other.json.error]).toEqual([422, 'idempotency-key-reused']);
  });

  it(titled('repeatable writes', 'the key for another call is 422'), async () => {
    const key = randomUUID();
    const { json } = await create(demo, key, {});
    const other = await demo.client.call('POST', `/v2/images/${json.id}/actions/purge`, {
      headers: { 'idempotency-key': key },
    });
    expect(other.status).toBe(422);
  });

  it(titled('repeatable writes', 'a key is its user’s'), async () => {
    const key = randomUUID();
    const mine = await create(demo, key, { name: 'mine' });
    const theirs = await create(alt, key, { name: 'mine' });
    expect(theirs.status).toBe(201);
    expect(theirs.json.id).not.toBe(mine.json.id);
  });

  it(titled('repeatable writes', 'what was refused leaves no answer'), async () => {
    const key = randomUUID();
    expect((await create(demo, key, { name: 7 })).status).toBe(400);
    expect((await create(demo, key, { name: '7' })).status).toBe(201);
  });

  it(titled('repeatable writes', 'an action that can be done once is answered again'), async () => {
    const id = await makeImage(demo, { data: true });
    await demo.client.call('DELETE', `/v2/images/${id}`);
    const restore = () =>
      demo.client.call('POST', `/v2/images/${id}/actions/restore`, { headers: { 'idempotency-key': `restore-${id}` } });
    expect([(await restore()).status, (await restore()).status]).toEqual([204, 204]);
    expect((await demo.client.call('POST', `/v2/images/${id}/actions/restore`)).status).toBe(409);
  });

  it(titled('repeatable writes', 'a member that was added is no conflict with itself'), async () => {
    const id = await makeImage(demo);
    const add = () =>
      demo.client.call('POST', `/v2/images/${id}/members`, {
        body: { member: 'm' },
        headers: { 'idempotency-key': `member-${id}` },
      });
    const [first, again] = [await add(), await add()];
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.json).toEqual(first.json);
    const before = await log.count();
    await add();
    expect(await log.count()).toBe(before);
  });

  it.each(['', 'x'.repeat(256), 'a b'])(`${titled('repeatable writes', 'is no key:')} %j`, async (key) => {
    expect((await create(demo, key, {})).status).toBe(400);
  });
});

describe('announced digests', () => {
  const digest = (algorithm: string, data: Buffer) =>
    `${algorithm}=:${createHash(algorithm.replace('-', '')).update(data).digest('base64')}:`;

  it.each([
    digest('sha-256', DATA),
    digest('sha-512', DATA),
    `${digest('sha-256', DATA)}, ${digest('sha-512', DATA)}`,
    `md5=:YQ==:, ${digest('sha-256', DATA)}`,
  ])(`${titled('announced digests', 'data that has them is taken:')} %s`, async (header) => {
    const id = await makeImage(demo);
    expect((await demo.client.upload(id, DATA, { 'content-digest': header })).status).toBe(204);
  });

  it.each(['sha-256', 'sha-512'])(
    `${titled('announced digests', 'another digest is 400, the image queued again, and a right upload works:')} %s`,
    async (algorithm) => {
      const id = await makeImage(demo);
      const wrong = digest(algorithm, Buffer.from('other'));
      const refused = await demo.client.upload(id, DATA, { 'content-digest': wrong });
      expect([refused.status, refused.json.error]).toEqual([400, 'digest-mismatch']);
      expect((await demo.client.call('GET', `/v2/images/${id}`)).json.status).toBe('queued');
      expect((await demo.client.upload(id, DATA, { 'content-digest': digest(algorithm, DATA) })).status).toBe(204);
    },
  );

  it.each(['nonsense', 'sha-256=abc', 'md5=:YQ==:'])(
    `${titled('announced digests', 'what can not be compared is 400 and begins nothing:')} %s`,
    async (header) => {
      const id = await makeImage(demo);
      const before = await etagOf(id);
      expect((await demo.client.upload(id, DATA, { 'content-digest': header })).status).toBe(400);
      expect(await etagOf(id)).toBe(before);
    },
  );
});
