import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { internalHeaders } from '@cloud-images/contracts';
import { GatewayUnderTest, type Reply } from '../testing/gateway-under-test.js';

const id = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';

function* pieces(size: number) {
  const piece = Buffer.alloc(65_536, 32);
  for (let at = 0; at < size; at += piece.length) yield piece;
}

describe('the edge', () => {
  const gateway = new GatewayUnderTest();
  let token: string;

  beforeAll(async () => {
    await gateway.start();
    token = await gateway.tokenOf('demo');
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    gateway.catalog.received.length = 0;
    gateway.membership.received.length = 0;
    gateway.audit.received.length = 0;
    gateway.taskWorker.received.length = 0;
    gateway.catalog.answer = (_request, res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end('{"from":"catalog"}');
    gateway.membership.answer = (_request, res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end('{"from":"membership"}');
    gateway.audit.answer = (_request, res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end('{"from":"audit"}');
    gateway.taskWorker.answer = (_request, res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end('{"from":"taskWorker"}');
  });

  const call = (method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Reply> =>
    gateway.call(method, path, { headers: { 'x-auth-token': token, ...headers }, body: body ?? null });

  const expectClean = (reply: Reply, status: number, code: string) => {
    expect([reply.status, reply.json?.error]).toEqual([status, code]);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(reply.json.request_id).toMatch(/^req-[0-9a-f-]{36}$/);
    expect(reply.headers['x-openstack-request-id']).toBe(reply.json.request_id);
  };

  /** Bytes as they are, for what no client library would send; the answer up to the close or, once it has begun, 300 ms of silence. */
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const url = new URL(gateway.url);
      const socket = connect(Number(url.port), url.hostname, () => socket.write(text, 'latin1'));
      let answer = '';
      socket.setTimeout(10_000, () => socket.destroy());
      socket.on('data', (chunk) => {
        socket.setTimeout(300);
        answer += chunk.toString('latin1');
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });
  const rawBody = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));

  describe('hands a request to the service that owns it', () => {
    it.each([
      ['GET', '/v2/images', 'catalog', '/v2/images'],
      ['GET', '/v2/images?limit=2&tag=a&tag=b', 'catalog', '/v2/images?limit=2&tag=a&tag=b'],
      ['GET', `/v2/images/${id}`, 'catalog', `/v2/images/${id}`],
      ['DELETE', `/v2/images/${id}`, 'catalog', `/v2/images/${id}`],
      ['PUT', `/v2/images/${id}/tags/a%2Fb%20c`, 'catalog', `/v2/images/${id}/tags/a%2Fb%20c`],
      ['POST', `/v2/images/${id}/actions/restore`, 'catalog', `/v2/images/${id}/actions/restore`],
      ['GET', '/v2/schemas/images', 'catalog', '/v2/schemas/images'],
      ['GET', '/v2/schemas/member', 'membership', '/v2/schemas/member'],
      ['GET', '/v2/schemas/task', 'taskWorker', '/v2/schemas/task'],
      ['GET', '/v2/tasks.json?type=import', 'taskWorker', '/v2/tasks?type=import'],
      ['GET', `/v2/tasks/${id}`, 'taskWorker', `/v2/tasks/${id}`],
      ['GET', `/v2/images/${id}/members`, 'membership', `/v2/images/${id}/members`],
      ['DELETE', `/v2/images/${id}/members/p%C3%A9`, 'membership', `/v2/images/${id}/members/p%C3%A9`],
      ['GET', `/v2/images/${id}/events?after=1`, 'audit', `/v2/images/${id}/events?after=1`],
      ['GET', '/v1/events?type=a', 'audit', '/v1/events?type=a'],
      ['GET', '/v2/images?limit=2&at=2026-11-24', 'audit', '/v2/images?limit=2&at=2026-11-24'],
      ['GET', `/v2/images/${id}?at=3`, 'audit', `/v2/images/${id}?at=3`],
      ['GET', `/v2/images/${id}/members?%61t=3`, 'audit', `/v2/images/${id}/members?%61t=3`],
      ['GET', '/v2/images?format=3&name=at=', 'catalog', '/v2/images?format=3&name=at='],
      ['DELETE', `/v2/images/${id}?at=3`, 'catalog', `/v2/images/${id}?at=3`],
      ['GET', '/v1/proofs/inclusion?event=x', 'audit', '/v1/proofs/inclusion?event=x'],
      ['GET', '/v2.5/images', 'catalog', '/v2/images'],
      ['GET', '/v2/images.json', 'catalog', '/v2/images'],
      ['GET', `/v2/images/${id}.json`, 'catalog', `/v2/images/${id}`],
      ['GET', '/v2/images/nope.json', 'catalog', '/v2/images/nope.json'],
    ])('%s %s', async (method, path, service, target) => {
      const reply = await call(method, path);
      expect([reply.status, reply.json]).toEqual([200, { from: service }]);
      const { received } = gateway[service as 'catalog' | 'membership' | 'taskWorker' | 'audit'];
      expect(received.map(({ method, url }) => [method, url])).toEqual([[method, target]]);
    });

    it('also when the version is in Accept', async () => {
      const reply = await call('GET', '/images', { accept: 'application/vnd.openstack.images-v2.1+json' });
      expect(reply.json).toEqual({ from: 'catalog' });
      expect(gateway.catalog.received[0]!.url).toBe('/v2/images');
    });
  });

  it('vouches for the caller and passes on nothing that the client said in our name', async () => {
    const forged = Object.fromEntries(
      [
        ...Object.values(internalHeaders),
        'x-user-id',
        'x-project-id',
        'x-roles',
        'X_Roles',
        'x-is-admin-project',
        'x-identity-status',
        'cookie',
        'authorization',
        'x-forwarded-for',
        'forwarded',
        'te',
      ].map((name) => [name, 'forged']),
    );
    await call('GET', '/v2/images', {
      ...forged,
      'x-openstack-request-id': 'theirs',
      'user-agent': 'test/1',
      'accept-encoding': 'gzip',
    });
    const { headers } = gateway.catalog.received[0]!;
    expect(gateway.verifier.verify(String(headers[internalHeaders.identity]))).toMatchObject({
      roles: ['member', 'reader'],
      via: 'gateway',
      source: 'embedded',
    });
    expect(headers[internalHeaders.correlationId]).toBe('theirs');
    expect(headers[internalHeaders.userName]).toBe('demo');
    expect(headers[internalHeaders.userAgent]).toBe('test/1');
    expect(headers[internalHeaders.sourceAddress]).toMatch(/127\.0\.0\.1/);
    expect(JSON.stringify(headers)).not.toContain('forged');
    expect(headers).not.toHaveProperty('x-auth-token');
    expect(headers).not.toHaveProperty('accept-encoding');
  });

  it('shows of an answer only what is meant for clients', async () => {
    gateway.catalog.answer = (_request, res) =>
      res
        .writeHead(201, {
          'content-type': 'application/json',
          location: 'http://images.example:9292/v2/images/x',
          [internalHeaders.locator]: '{"key":"secret"}',
          'x-powered-by': 'us',
          server: 'inside',
        })
        .end('{}');
    const reply = await call('POST', '/v2/images', { 'content-type': 'application/json' }, '{}');
    expect(reply.status).toBe(201);
    expect(reply.headers['location']).toBe('http://images.example:9292/v2/images/x');
    expect(Object.keys(reply.headers).sort()).toEqual(
      [
        'connection',
        'content-type',
        'date',
        'keep-alive',
        'location',
        'transfer-encoding',
        'x-openstack-request-id',
      ].sort(),
    );
    expect(reply.headers['x-openstack-request-id']).toBe(
      gateway.catalog.received[0]!.headers[internalHeaders.requestId],
    );
  });

  it.each([10, 60_000, 70_000, 3_000_000])('hands a JSON body of %i bytes through', async (size) => {
    gateway.catalog.answer = ({ body }, res) => res.writeHead(200, { 'content-length': body.length }).end(body);
    const body = JSON.stringify({ note: 'é'.repeat(size / 2) });
    const reply = await call('PATCH', `/v2/images/${id}`, { 'content-type': 'application/x-any' }, body);
    expect(reply.body.toString('utf8') === body).toBe(true);
    expect(gateway.catalog.received[0]!.headers['content-type']).toBe('application/x-any');
  });

  describe('refuses', () => {
    it.each([
      ['GET', '/', 'HEAD'],
      ['GET', '/versions', 'HEAD'],
      ['GET, POST', '/v2/images', 'PUT'],
      ['GET, POST', '/v2/images', 'HEAD'],
      ['GET, PATCH, DELETE', `/v2/images/${id}`, 'POST'],
      ['GET, PUT', `/v2/images/${id}/file`, 'DELETE'],
      ['PUT, DELETE', `/v2/images/${id}/tags/t`, 'GET'],
      ['POST', `/v2/images/${id}/actions/purge`, 'GET'],
      ['GET, POST', `/v2/images/${id}/members`, 'PATCH'],
      ['GET, PUT, DELETE', `/v2/images/${id}/members/m`, 'OPTIONS'],
      ['GET', '/v2/schemas/image', 'TRACE'],
      ['GET, POST', '/identity/v3/auth/tokens', 'HEAD'],
    ])('with Allow: %s on %s the method %s', async (allow, path, method) => {
      const reply = await call(method, path);
      expect([reply.status, reply.headers['allow']]).toEqual([405, allow]);
      if (method === 'HEAD') expect(reply.body.length).toBe(0);
      else expectClean(reply, 405, 'method-not-allowed');
      expect(gateway.catalog.received).toEqual([]);
    });

    it.each([
      ['an unknown path', '/v2/nothing'],
      ['an internal path', '/internal/events?stream=image-x'],
      ['an internal path below a version', '/v2/internal/events'],
      ['a trailing slash', '/v2/images/'],
      ['the version alone with a slash', '/v2/'],
      ['an unknown version', '/v2.99/images'],
      ['two slashes', '/v2//images'],
      ['a path that climbs', '/v2/images/../../internal/events'],
      ['an encoded slash', '/v2%2Fimages'],
      ['nothing of Nest', '/favicon.ico'],
    ])('%s as not found', async (_, path) => {
      const answer = await raw(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${token}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 404 /);
      expect(rawBody(answer).error).toBe('not-found');
      expect(gateway.catalog.received).toEqual([]);
    });

    it.each([
      ['no token', {}],
      ['an empty token', { 'x-auth-token': '' }],
      ['nonsense', { 'x-auth-token': 'nonsense' }],
      ['a very long token', { 'x-auth-token': 'x'.repeat(10_000) }],
    ])('given %s, as unauthorized with a challenge', async (_, headers) => {
      const reply = await gateway.call('GET', '/v2/images', { headers: headers as Record<string, string> });
      expectClean(reply, 401, 'unauthorized');
      expect(reply.headers['www-authenticate']).toBe('Keystone uri="http://images.example:9292/identity/v3"');
      expect(gateway.catalog.received).toEqual([]);
    });

    it('a token that was changed in any place', async () => {
      for (let at = 0; at < token.length; at += 17) {
        const other = token[at] === 'A' ? 'B' : 'A';
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        expect((await call('GET', '/v2/images', { 'x-auth-token': changed })).status).toBe(401);
      }
    });

    it.each([
      ['show', 'GET', `/v2/images/${id}`],
      ['list', 'GET', '/v2/images'],
      ['delete', 'DELETE', `/v2/images/${id}`],
      ['tag', 'PUT', `/v2/images/${id}/tags/t`],
      ['action', 'POST', `/v2/images/${id}/actions/deactivate`],
      ['download', 'GET', `/v2/images/${id}/file`],
      ['versions', 'GET', '/versions'],
    ])('a body on %s', async (_, method, path) => {
      expectClean(await call(method, path, { 'content-type': 'application/json' }, '{}'), 400, 'body-not-allowed');
      expect(gateway.catalog.received).toEqual([]);
    });

    it.each([
      ['a path that is badly encoded', `/v2/images/${id}/tags/%zz`],
      ['a path that is no UTF-8', `/v2/images/${id}/tags/%ff`],
      ['a control character in a path', `/v2/images/${id}/tags/a%00`],
      ['a query that is badly encoded', '/v2/images?name=%'],
      ['a null character in a query', '/v2/images?name=a%00b'],
      ['bare bytes', '/v2/images?name=\xe9'],
    ])('%s', async (_, path) => {
      const answer = await raw(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${token}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(rawBody(answer).error).toBe('bad-request');
    });

    it.each([
      ['a token given twice', 'X-Auth-Token: a\r\nx-auth-token: b\r\n', 400, 'bad-request'],
      ['a content type given twice', 'Content-Type: a/b\r\ncontent-type: c/d\r\n', 400, 'bad-request'],
      ['a Connection that names our headers', 'Connection: close, x-auth-token\r\n', 400, 'bad-request'],
      ['an encoded body', 'Content-Encoding: gzip\r\nConnection: close\r\n', 415, 'unsupported-media-type'],
    ])('%s', async (_, lines, status, code) => {
      const answer = await raw(`GET /v2/images HTTP/1.1\r\nHost: x\r\n${lines}\r\n`);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(rawBody(answer).error).toBe(code);
    });

    it.each([
      ['no Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
      ['what is not HTTP', 'nonsense\r\n\r\n', 400],
      ['an unknown method', 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
      ['two lengths', 'POST /v2/images HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
      [
        'length and chunks',
        'POST /v2/images HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        400,
      ],
      ['huge headers', `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(80_000)}\r\n\r\n`, 431],
      ['a long URI', `GET /v2/images?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 414],
      ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 405],
    ])('%s with a clean error', async (_, text, status) => {
      const answer = await raw(text);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(rawBody(answer)).toMatchObject({ code: expect.stringMatching(new RegExp(`^${status} `)) });
    });

    it('a body above the limit, announced or not', async () => {
      const head = `PATCH /v2/images/${id} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${token}\r\n`;
      const announced = await raw(`${head}Content-Length: 99999999\r\n\r\n`);
      expect(announced).toMatch(/^HTTP\/1\.1 413 /);
      const reply = await gateway.call('PATCH', `/v2/images/${id}`, {
        headers: { 'x-auth-token': token },
        body: Readable.from(pieces(13 * 1024 * 1024)),
      });
      expectClean(reply, 413, 'body-too-large');
    });
  });

  it('redirects the version alone to where nothing is', async () => {
    const reply = await call('GET', '/v2');
    expect([reply.status, reply.headers['location']]).toEqual([302, 'http://images.example:9292/v2/']);
  });

  it('lists the versions at the root and at /versions, without a token', async () => {
    const [root, versions] = await Promise.all([gateway.call('GET', '/'), gateway.call('GET', '/versions')]);
    expect([root.status, versions.status]).toEqual([300, 200]);
    expect(versions.json).toEqual(root.json);
    const ids = versions.json.versions.map((version: { id: string }) => version.id);
    expect(ids).toEqual(['v2.17', 'v2.15', 'v2.9', 'v2.7', 'v2.6', 'v2.5', 'v2.4', 'v2.3', 'v2.2', 'v2.1', 'v2.0']);
    expect(versions.json.versions[0]).toEqual({
      id: 'v2.17',
      status: 'CURRENT',
      links: [{ rel: 'self', href: 'http://images.example:9292/v2/' }],
    });
    expect(root.headers['x-openstack-request-id']).toMatch(/^req-/);
  });

  it('is ready when the services behind are, and says so without a token', async () => {
    expect((await gateway.call('GET', '/readyz')).json).toEqual({
      status: 'ready',
      checks: { catalog: 'ok', membership: 'ok', identity: 'ok', blobs: 'ok' },
    });
    gateway.membership.answer = (_request, res) => res.writeHead(503).end();
    const reply = await gateway.call('GET', '/readyz');
    expect([reply.status, reply.json.checks.membership]).toEqual([503, 'failed']);
    expect((await gateway.call('GET', '/healthz')).status).toBe(200);
  });

  describe('when a service fails', () => {
    it('sends a GET again whose connection broke, once', async () => {
      let calls = 0;
      gateway.catalog.answer = (_request, res) => {
        calls++;
        if (calls === 1) res.socket!.resetAndDestroy();
        else res.writeHead(200).end('again');
      };
      expect((await call('GET', '/v2/images')).body.toString()).toBe('again');
      calls = -10;
      gateway.catalog.answer = (_request, res) => {
        calls++;
        res.socket!.resetAndDestroy();
      };
      const reply = await call('GET', '/v2/images');
      expectClean(reply, 503, 'unavailable');
      expect(calls).toBe(-8);
    });

    it('never sends a change again', async () => {
      let calls = 0;
      gateway.catalog.answer = (_request, res) => {
        calls++;
        res.socket!.resetAndDestroy();
      };
      const reply = await call('POST', '/v2/images', { 'content-type': 'application/json' }, '{}');
      expectClean(reply, 503, 'unavailable');
      expect(reply.headers['retry-after']).toBe('1');
      expect(calls).toBe(1);
    });

    it('cuts an answer that breaks off, so that nobody takes it for whole', async () => {
      gateway.catalog.answer = (_request, res) => {
        res.writeHead(200, { 'content-length': '1000' });
        res.write('x'.repeat(10), () => res.socket!.resetAndDestroy());
      };
      await expect(call('GET', '/v2/images')).rejects.toThrow();
    });

    it('does not send the client to log in again when a service does not believe us', async () => {
      gateway.catalog.answer = (_request, res) => res.writeHead(401).end('{}');
      expectClean(await call('GET', '/v2/images'), 503, 'unavailable');
    });

    it('hands refusals through as they are', async () => {
      gateway.catalog.answer = (_request, res) =>
        res.writeHead(415, { 'content-type': 'application/json', 'accept-patch': 'a/b' }).end('{"error":"x"}');
      const reply = await call('PATCH', `/v2/images/${id}`, {}, '{}');
      expect([reply.status, reply.headers['accept-patch'], reply.json]).toEqual([415, 'a/b', { error: 'x' }]);
    });
  });
});

describe('the rate limit', () => {
  const gateway = new GatewayUnderTest();
  beforeAll(() => gateway.start({ CLOUD_IMAGES_RATE_LIMIT_PER_SECOND: '1', CLOUD_IMAGES_RATE_LIMIT_BURST: '3' }));
  afterAll(() => gateway.stop());

  it('holds for each project by itself', async () => {
    const [demo, alt] = await Promise.all([gateway.tokenOf('demo'), gateway.tokenOf('alt')]);
    const statuses = [];
    for (let n = 0; n < 5; n++) {
      statuses.push((await gateway.call('GET', '/v2/images', { headers: { 'x-auth-token': demo } })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const refused = await gateway.call('GET', '/v2/images', { headers: { 'x-auth-token': demo } });
    expect([refused.json.error, refused.headers['retry-after']]).toEqual(['too-many-requests', '1']);
    expect((await gateway.call('GET', '/v2/images', { headers: { 'x-auth-token': alt } })).status).toBe(200);
  });
});
