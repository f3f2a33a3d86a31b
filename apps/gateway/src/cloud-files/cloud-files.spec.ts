import { createHash, randomUUID } from 'node:crypto';
import { createFilesystemBlobStore, type BlobStore } from '@cloud-images/blobs';
import { internalHeaders } from '@cloud-images/contracts';
import { GatewayUnderTest } from '../testing/gateway-under-test.js';

const gateway = new GatewayUnderTest();
let store: BlobStore;
let token: string;
const hash = (algorithm: string) => (text: string) => createHash(algorithm).update(text).digest('hex');
const [md5, sha512] = [hash('md5'), hash('sha512')];
const account = '/v1/AUTH_p';
let key = '';
let completed: any[] = [];

beforeAll(async () => {
  await gateway.start();
  store = createFilesystemBlobStore({ dir: gateway.blobs } as never);
  token = await gateway.tokenOf('demo');
}, 20_000);
afterAll(() => gateway.stop());

const call = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
  gateway.call(method, path, {
    headers: { 'x-auth-token': token, ...headers },
    ...(body === undefined ? {} : { body }),
  });

/** The task-worker as it is when all is well. */
beforeEach(() => {
  completed = [];
  gateway.taskWorker.received.length = 0;
  gateway.taskWorker.answer = ({ url, body }, res) => {
    const say = (status: number, json?: object) =>
      res.writeHead(status, { 'content-type': 'application/json' }).end(json && JSON.stringify(json));
    if (url === '/internal/cloud-files/begin') {
      const attempt = randomUUID();
      key = `files/${attempt}`;
      say(200, { attempt, key, lease_seconds: 60, max_size: 1_000, project: 'p', metadata: { a: 'b' }, delete_at: 9 });
    } else if (url.endsWith('/complete')) {
      completed.push(JSON.parse(body.toString()));
      say(204);
    } else say(204);
  };
});

const left = async () => {
  const found: string[] = [];
  for await (const blob of store.list('files/')) found.push(blob.key);
  for await (const blob of store.listUnfinished('files/')) found.push(blob.key);
  return found;
};

describe('an object that is uploaded', () => {
  it('is in the store under the key that the task-worker drew, and told to it under its whole name', async () => {
    const name = 'dir//%C3%BC%2F%23/';
    const reply = await call('PUT', `${account}/c/${name}`, { etag: md5('data'), 'content-type': 'text/x' }, 'data');
    expect(reply.status).toBe(201);
    expect(reply.headers.etag).toBe(md5('data'));
    expect((await store.stat(key))?.size).toBe(4);
    const [begun] = gateway.taskWorker.received;
    expect(JSON.parse(begun!.body.toString())).toMatchObject({
      ...{ account: 'AUTH_p', container: 'c', object: 'dir//ü/#/', declared_size: 4, if_absent: false },
    });
    expect(completed).toEqual([
      {
        ...{ project: 'p', container: 'c', object: 'dir//ü/#/', if_absent: false, metadata: { a: 'b' }, delete_at: 9 },
        ...{ size: 4, md5: md5('data'), sha512: sha512('data'), content_type: 'text/x' },
      },
    ]);
  });

  it('hands its metadata on, and nothing that a client could say in our name', async () => {
    const sent = { 'x-object-meta-colour': 'blue', [internalHeaders.userName]: 'root' };
    await call('PUT', `${account}/c/o`, sent, 'data');
    const [begun] = gateway.taskWorker.received;
    expect(JSON.parse(begun!.body.toString()).headers['x-object-meta-colour']).toBe('blue');
    expect(begun!.headers[internalHeaders.userName]).toBe('demo');
  });

  it.each([
    ['another ETag', { etag: md5('other') }, 'data', 422, 'etag-mismatch'],
    ['an ETag that is none', { etag: 'x' }, 'data', 422, 'etag-mismatch'],
    ['more than there may be', {}, 'x'.repeat(1_001), 413, 'object-too-large'],
    ['a strange condition', { 'if-none-match': 'x' }, 'data', 400, 'bad-request'],
  ])('leaves nothing when it comes with %s', async (_what, headers, body, status, error) => {
    const before = await left();
    const reply = await call('PUT', `${account}/c/o`, headers as Record<string, string>, body);
    expect([reply.status, reply.json.error]).toEqual([status, error]);
    expect(await left()).toEqual(before);
    expect(completed).toEqual([]);
  });

  it('may be a manifest: then the task-worker makes it, as the caller, of what is there', async () => {
    const whole = md5('of the segments');
    gateway.taskWorker.answer = (_request, res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ etag: whole }));
    const segments = [{ path: '/s/1', etag: md5('1'), size_bytes: 1 }];
    const headers = { etag: whole, 'content-type': 'text/x', 'x-object-meta-a': 'b' };
    const path = `${account}/c/o?multipart-manifest=put`;
    const reply = await call('PUT', path, headers, JSON.stringify(segments));
    expect([reply.status, reply.headers.etag]).toEqual([201, `"${whole}"`]);
    const [made] = gateway.taskWorker.received;
    expect([made!.url, JSON.parse(made!.body.toString())]).toMatchObject([
      '/internal/cloud-files/manifest',
      {
        account: 'AUTH_p',
        container: 'c',
        object: 'o',
        md5: whole,
        content_type: 'text/x',
        segments,
        if_absent: false,
      },
    ]);
    expect((await call('PUT', path, {}, '{')).status).toBe(400);
    expect((await call('PUT', `${account}/c/o?multipart-manifest=get`, {}, '[]')).status).toBe(400);
    expect((await call('PUT', path, {}, ' '.repeat(8 * 1024 ** 2 + 1))).status).toBe(413);
    expect(gateway.taskWorker.received).toHaveLength(1);
  });
});

describe('an object that is downloaded', () => {
  const data = '0123456789';
  beforeEach(async () => {
    const blob = `files/${randomUUID()}`;
    const writer = await store.writer(blob);
    await writer.write(Buffer.from(data));
    await writer.commit();
    const locator = JSON.stringify({ key: blob, size: 10, md5: md5(data) });
    gateway.taskWorker.answer = (_request, res) =>
      res
        .writeHead(200, {
          'content-type': 'text/x',
          etag: md5(data),
          'x-object-meta-a': 'b',
          [internalHeaders.locator]: locator,
        })
        .end();
  });

  it('comes with what is known of it, and without where it lies', async () => {
    const reply = await call('GET', `${account}/c/dir//o%20x`);
    expect(gateway.taskWorker.received[0]!.url).toBe(`${account}/c/dir//o%20x`);
    expect(reply.body.toString()).toBe(data);
    expect(reply.headers).toMatchObject({
      ...{ 'content-length': '10', 'content-type': 'text/x', etag: md5(data), 'x-object-meta-a': 'b' },
    });
    expect(reply.headers[internalHeaders.locator]).toBeUndefined();
  });

  it('comes in part, or not at all, as it is asked for', async () => {
    const range = await call('GET', `${account}/c/o`, { range: 'bytes=2-4' });
    expect([range.status, range.body.toString(), range.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10']);
    expect((await call('GET', `${account}/c/o`, { range: 'bytes=10-' })).status).toBe(416);
    expect((await call('GET', `${account}/c/o`, { 'if-none-match': `"${md5(data)}"` })).status).toBe(304);
    expect((await call('GET', `${account}/c/o`, { 'if-none-match': md5('x') })).status).toBe(200);
    expect((await call('GET', `${account}/c/o`, { 'if-match': md5('x') })).json.error).toBe('precondition-failed');
  });

  it('may lie in parts, and what has no locator is the answer', async () => {
    const parts: { key: string; size: number }[] = [];
    for (const text of ['0123', '456789']) {
      const writer = await store.writer(`files/${randomUUID()}`);
      await writer.write(Buffer.from(text));
      parts.push({ key: (await writer.commit()).key, size: text.length });
    }
    const headers = {
      etag: `"${md5('parts')}"`,
      'x-static-large-object': 'True',
      [internalHeaders.locator]: JSON.stringify({ key: null, size: 10, md5: md5('parts') }),
    };
    gateway.taskWorker.answer = (_request, res) => res.writeHead(200, headers).end(JSON.stringify({ parts }));
    const whole = await call('GET', `${account}/c/o`);
    expect([whole.body.toString(), whole.headers['x-static-large-object']]).toEqual([data, 'True']);
    const range = await call('GET', `${account}/c/o`, { range: 'bytes=3-4' });
    expect([range.status, range.body.toString(), range.headers['content-range']]).toEqual([206, '34', 'bytes 3-4/10']);
    gateway.taskWorker.answer = (_request, res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end('[{"name":"/s/1"}]');
    expect((await call('GET', `${account}/c/o?multipart-manifest=get`)).json).toEqual([{ name: '/s/1' }]);
  });
});

describe('an object that is copied', () => {
  const from = randomUUID();
  beforeEach(async () => {
    const writer = await store.writer(`files/${from}/${randomUUID()}`);
    await writer.write(Buffer.from('copied'));
    const { key: source } = await writer.commit();
    const well = gateway.taskWorker.answer;
    gateway.taskWorker.answer = (request, res) => {
      if (request.method !== 'GET') return well(request, res);
      if (!request.url.endsWith('/c/a%20b/o')) return res.writeHead(404).end();
      const locator = JSON.stringify({ key: source, size: 6, md5: md5('copied') });
      const known = { 'content-type': 'text/x', 'x-object-meta-colour': 'blue', 'x-object-meta-a': 'old' };
      return res.writeHead(200, { ...known, [internalHeaders.locator]: locator }).end();
    };
  });

  it.each([
    ['PUT', `${account}/to/x`, { 'x-copy-from': '/c/a%20b%2Fo' }],
    ['COPY', `${account}/c/a%20b/o`, { destination: 'to/x' }],
  ])('by %s, has data of its own, the metadata of its source and what was sent', async (method, path, headers) => {
    const reply = await call(method, path, { ...headers, 'x-object-meta-a': 'new' });
    expect([reply.status, reply.headers.etag]).toEqual([201, md5('copied')]);
    const begun = gateway.taskWorker.received.find(({ url }) => url.endsWith('/begin'));
    expect(JSON.parse(begun!.body.toString())).toMatchObject({
      ...{ account: 'AUTH_p', container: 'to', object: 'x', declared_size: 6 },
      headers: { 'x-object-meta-colour': 'blue', 'x-object-meta-a': 'new' },
    });
    expect(JSON.parse(begun!.body.toString()).headers['x-copy-from']).toBeUndefined();
    expect(completed).toMatchObject([{ container: 'to', object: 'x', size: 6, content_type: 'text/x' }]);
    expect((await store.stat(key))?.size).toBe(6);
  });

  it.each<[string, string, Record<string, string>, string | undefined, number]>([
    ['no source', 'PUT', { 'x-copy-from': '/c/none' }, undefined, 404],
    ['a source that is no name', 'PUT', { 'x-copy-from': 'c' }, undefined, 400],
    ['a body', 'PUT', { 'x-copy-from': '/c/a%20b/o' }, 'data', 400],
    ['no destination', 'COPY', {}, undefined, 400],
    ['another account', 'COPY', { destination: 'c/x', 'destination-account': 'AUTH_q' }, undefined, 501],
  ])('given %s, then it is refused, and nothing begun', async (_, method, headers, body, status) => {
    const path = method === 'PUT' ? `${account}/to/x` : `${account}/c/a%20b/o`;
    expect((await call(method, path, headers, body)).status).toBe(status);
    expect(gateway.taskWorker.received.filter(({ url }) => url.endsWith('/begin'))).toEqual([]);
  });
});

describe('the rest of Cloud Files', () => {
  it('is handed through, headers of its own both ways, with or without a slash at the end', async () => {
    gateway.taskWorker.answer = (_request, res) =>
      res.writeHead(204, { 'x-container-object-count': '3', 'x-secret': 'x' }).end();
    const reply = await call('HEAD', `${account}/c/?x=y`, { 'x-container-meta-a': 'b', 'x-elsewhere': 'z' });
    expect(reply.status).toBe(204);
    expect(reply.headers['x-container-object-count']).toBe('3');
    expect(reply.headers['x-secret']).toBeUndefined();
    const [received] = gateway.taskWorker.received;
    expect(received!.url).toBe(`${account}/c?x=y`);
    expect(received!.headers['x-container-meta-a']).toBe('b');
    expect(received!.headers['x-elsewhere']).toBeUndefined();
  });

  it('needs a token, tells what it can do without one, and stands in the service catalog', async () => {
    expect((await gateway.call('GET', `${account}/c`)).status).toBe(401);
    const info = (await gateway.call('GET', '/info')).json;
    expect([info.swift.max_file_size, info.slo.max_manifest_segments]).toEqual([1024 ** 4, 1_000]);
    const { json } = await gateway.login('demo');
    const entry = json.token.catalog.find(({ type }: { type: string }) => type === 'object-store');
    expect(entry.endpoints[0].url).toBe(`http://images.example:9292/v1/AUTH_${json.token.project.id}`);
  });

  it.each(['PATCH', 'OPTIONS'])('has no method %s', async (method) => {
    const reply = await call(method, `${account}/c/o`);
    expect([reply.status, reply.headers.allow]).toEqual([405, 'GET, HEAD, PUT, POST, DELETE, COPY']);
  });
});
