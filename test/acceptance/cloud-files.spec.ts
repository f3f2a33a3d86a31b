// Object storage through the gateway, as plain REST.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { titled } from './rules/row.ts';
import { people, type Person } from './service.ts';

const data = randomBytes(200_000);
const md5 = createHash('md5').update(data).digest('hex');

let demo: Person;
let alt: Person;
let account: string;
let container: string;

beforeAll(async () => {
  ({ demo, alt } = await people({ demo: 'demo', alt: 'alt' }));
  account = `/v1/AUTH_${demo.projectId}`;
  container = `${account}/c-${randomUUID()}`;
  expect((await demo.client.call('PUT', container)).status).toBe(201);
});
afterAll(() => Promise.all([demo.client.close(), alt.client.close()]));

const put = (name: string, body = data, headers: Record<string, string> = {}) =>
  demo.client.call('PUT', `${container}/${name}`, { body, headers });
const head = async () => (await demo.client.call('HEAD', container)).headers;

describe('an object', () => {
  it(titled('cloud files', 'is what was sent, whole and in part, with what was said of it'), async () => {
    const made = await put('dir/an%20object', data, { 'content-type': 'text/x-any', 'x-object-meta-colour': 'blue' });
    expect([made.status, made.headers['etag']]).toEqual([201, md5]);
    const got = await demo.client.call('GET', `${container}/dir/an%20object`);
    expect(got.body.equals(data)).toBe(true);
    expect(got.headers).toMatchObject({
      ...{ etag: md5, 'content-type': 'text/x-any', 'x-object-meta-colour': 'blue', 'accept-ranges': 'bytes' },
    });
    const part = await demo.client.call('GET', `${container}/dir/an%20object`, { headers: { range: 'bytes=-10' } });
    expect([part.status, part.body.equals(data.subarray(-10))]).toEqual([206, true]);
    const same = await demo.client.call('GET', `${container}/dir/an%20object`, { headers: { 'if-none-match': md5 } });
    expect(same.status).toBe(304);
    const empty = await put('empty', Buffer.alloc(0));
    expect(empty.status).toBe(201);
    expect((await demo.client.call('GET', `${container}/empty`)).body).toHaveLength(0);
  });

  it(titled('cloud files', 'that is refused is not there, and is not counted'), async () => {
    const before = await head();
    expect((await put('wrong', data, { etag: '0'.repeat(32) })).json).toMatchObject({ error: 'etag-mismatch' });
    expect((await put('x'.repeat(1_025))).json).toMatchObject({ error: 'bad-request' });
    expect((await put('links', data, { 'x-symlink-target': 'a/b' })).json).toMatchObject({ error: 'not-offered' });
    const nowhere = await demo.client.call('PUT', `${account}/none-${randomUUID()}/o`, { body: data });
    expect(nowhere.json).toMatchObject({ error: 'not-found' });
    await put('once');
    const again = await put('once', data, { 'if-none-match': '*' });
    expect(again.json).toMatchObject({ error: 'precondition-failed' });
    expect((await demo.client.call('DELETE', `${container}/once`)).status).toBe(204);
    const after = await head();
    for (const name of ['x-container-object-count', 'x-container-bytes-used']) expect(after[name]).toBe(before[name]);
  });

  it(titled('cloud files', 'that is to expire says when, and is gone then'), async () => {
    const made = await put('later', data, { 'x-delete-after': '2' });
    expect(made.status).toBe(201);
    const at = Number((await demo.client.call('GET', `${container}/later`)).headers['x-delete-at']) * 1_000;
    expect(at - Date.now()).toBeGreaterThan(0);
    expect(at - Date.now()).toBeLessThanOrEqual(3_000);
    await sleep(at - Date.now() + 50);
    expect((await demo.client.call('GET', `${container}/later`)).json).toMatchObject({ error: 'not-found' });
    expect((await put('past', data, { 'x-delete-at': '1' })).json).toMatchObject({ error: 'bad-request' });
  });

  it(titled('cloud files', 'is its project’s alone'), async () => {
    await put('mine');
    for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'COPY']) {
      const more = method === 'PUT' ? { body: data } : { headers: { destination: 'any/where' } };
      const answer = await alt.client.call(method, `${container}/mine`, more);
      expect([method, answer.status]).toEqual([method, 403]);
    }
    for (const path of [account, container]) expect((await alt.client.call('GET', path)).status).toBe(403);
    expect((await demo.client.call('GET', `${container}/mine`)).status).toBe(200);
  });
});
