import { createHash } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createFilesystemBlobStore } from '@cloud-images/blobs';
import { errorBody, internalHeaders, type BlobLocator, type RecordedEvent } from '@cloud-images/contracts';
import { createGatewayDatabase, type GatewayDatabase } from '../testing/gateway-database.js';
import { GatewayUnderTest } from '../testing/gateway-under-test.js';

const id = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';

describe('what the gateway records of who comes and what they get', () => {
  let database: GatewayDatabase;
  let owner: pg.Pool;
  let gateway: GatewayUnderTest;
  let token: string;
  let innerPort: number;

  beforeAll(async () => {
    database = await createGatewayDatabase();
    owner = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
    innerPort = await freePort();
    gateway = await new GatewayUnderTest().start({
      CLOUD_IMAGES_DATABASE_URL: database.url,
      CLOUD_IMAGES_INNER_PORT: String(innerPort),
      CLOUD_IMAGES_RATE_LIMIT_PER_SECOND: '0.001',
      CLOUD_IMAGES_RATE_LIMIT_BURST: '12',
    });
    token = await gateway.tokenOf('demo');
  });
  afterAll(async () => {
    await gateway.stop();
    await owner.end();
    await database.drop();
  });

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    gateway.call(method, path, { headers: { 'x-auth-token': token, 'user-agent': 'a-client', ...headers } });

  type Found = Pick<RecordedEvent, 'type' | 'metadata'> & { stream: string; data: any; context: any };
  /** Of one type, once there are so many. */
  async function recorded(type: string, count: number): Promise<Found[]> {
    for (const end = Date.now() + 10_000; Date.now() < end; await sleep(50)) {
      const { rows } = await owner.query<Found>(
        `SELECT e.type, e.stream, e.data, e.metadata, c.context FROM log.events e
           LEFT JOIN log.request_contexts c ON c.request_id = e.metadata->>'request_id'
          WHERE e.type = $1 ORDER BY e.transaction_id, e.position`,
        [type],
      );
      if (rows.length >= count) return rows;
    }
    throw new Error(`no ${count} ${type}`);
  }

  it('a login that fails: which user it claimed to be, where there is one, and never what was typed', async () => {
    await gateway.login('demo', { password: 'hunter2-wrong' });
    await gateway.login('hunter3-typed-as-name', { password: 'hunter4' });
    await gateway.login('demo', { project: 'admin' });
    expect((await get('/v2/images', { 'x-auth-token': 'hunter5-no-token' })).status).toBe(401);
    const failures = await recorded('AuthenticationFailed', 4);
    const demo = (await get('/identity/v3/auth/tokens', { 'x-subject-token': token })).json.token.user.id;
    expect(failures.map(({ data }) => [data.reason, data.user_id])).toEqual([
      ['password', demo],
      ['password', null],
      ['project', demo],
      ['token', null],
    ]);
    for (const { stream, metadata, context } of failures) {
      expect(stream).toBe('security-unknown');
      expect(metadata.actor).toEqual({ user: 'gateway', project: null, roles: [], via: 'gateway' });
      expect(context).toMatchObject({ source_address: '127.0.0.1' });
      expect(context.user_name).toBeUndefined();
    }
    // Who shows no token at all has not tried.
    expect((await gateway.call('GET', '/v2/images')).status).toBe(401);
  });

  it('a denial, by the service’s own word, which the client does not get to see', async () => {
    gateway.catalog.answer = (_request, res) =>
      res
        .writeHead(404, { 'content-type': 'application/json', [internalHeaders.refusal]: 'not-found' })
        .end(JSON.stringify(errorBody('not-found', 'no', 'req-x')));
    const reply = await get(`/v2/images/${id.toUpperCase()}`, {}, 'DELETE');
    expect([reply.status, Object.keys(reply.headers).filter((name) => name.startsWith('x-cloud'))]).toEqual([404, []]);
    gateway.catalog.answer = (_request, res) =>
      res.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(errorBody('not-found', '', '')));
    await get(`/v2/images/${id.replace('9', '8')}`);
    const denials = await recorded('AccessDenied', 1);
    expect(denials).toMatchObject([
      {
        data: { operation: 'DELETE /v2/images/{id}', reason: 'not-found', image_id: id, count: 1 },
        metadata: { actor: { roles: ['member', 'reader'] }, request_id: reply.headers['x-openstack-request-id'] },
        context: { user_name: 'demo', user_agent: 'a-client' },
      },
    ]);
    expect(denials[0]?.stream).toBe(`security-${denials[0]?.metadata.actor.project}`);
  });

  it('an erasure asked for by somebody who may not', async () => {
    const forged = { [internalHeaders.identity]: 'forged', 'content-type': 'application/json' };
    const body = JSON.stringify({ user_id: 'u', reason: 'r' });
    const reply = await gateway.call('POST', '/v1/erasures', { headers: { 'x-auth-token': token, ...forged }, body });
    expect([reply.status, reply.json.error]).toEqual([403, 'forbidden']);
    expect((await gateway.call('POST', '/v1/erasures', { headers: forged, body })).status).toBe(401);
    const [, second] = await recorded('AccessDenied', 2);
    expect(second?.data).toMatchObject({ operation: 'POST /v1/erasures', reason: 'forbidden', image_id: null });
  });

  it('a download: who, of which image, how many bytes, from where to where', async () => {
    const data = Buffer.alloc(5_000, 'x');
    const store = createFilesystemBlobStore({ dir: gateway.blobs });
    const writer = await store.writer('images/b');
    await writer.write(data);
    await writer.commit();
    const digest = (of: string) => createHash(of).update(data).digest('hex');
    const locator: BlobLocator = {
      ...{ image_id: id, key: 'images/b', size: data.length, checksum: digest('md5') },
      ...{ os_hash_algo: 'sha512', os_hash_value: digest('sha512') },
    };
    gateway.catalog.answer = (_request, res) =>
      res.writeHead(200, { [internalHeaders.locator]: JSON.stringify(locator) }).end();
    const reply = await get(`/v2/images/${id}/file`, { range: 'bytes=10-1009' });
    expect([reply.status, reply.body.length]).toEqual([206, 1_000]);
    expect(await recorded('ImageDataSent', 1)).toMatchObject([
      {
        data: { image_id: id, size: 5_000, bytes: 1_000, range: { start: 10, end: 1_009 }, unfinished: 0, count: 1 },
        metadata: { request_id: reply.headers['x-openstack-request-id'] },
      },
    ]);
  });

  it('too many requests, as one event for many', async () => {
    let limited = 0;
    for (let nth = 0; nth < 40; nth += 1) limited += (await get('/v2/images')).status === 429 ? 1 : 0;
    expect(limited).toBeGreaterThan(20);
    const [first, ...more] = await recorded('RateLimited', 1);
    expect(first?.data).toMatchObject({ operation: 'GET /v2/images', folded: false });
    expect(more).toEqual([]);
  });

  it('tells its log to our own services by the inner door, and nobody else anything', async () => {
    const inner = (path: string, headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${innerPort}${path}`, { headers });
    const self = { [internalHeaders.identity]: gateway.service?.signer.signSelf() ?? '' };
    expect((await inner('/internal/log')).status).toBe(401);
    expect((await inner('/versions', self)).status).toBe(404);
    expect((await gateway.call('GET', '/internal/log', { headers: self })).status).toBe(404);
    let told = 0;
    for (const end = Date.now() + 15_000; told < 7 && Date.now() < end; await sleep(50)) {
      const page = (await (await inner('/internal/log?limit=1000', self)).json()) as { events: RecordedEvent[] };
      told = page.events.length;
    }
    expect(told).toBeGreaterThanOrEqual(7);
  });

  it('has no password and no token in its database', async () => {
    const { rows } = await owner.query(
      'SELECT e::text AS text FROM log.events e UNION ALL SELECT c::text FROM log.request_contexts c',
    );
    const all = rows.map(({ text }) => text as string).join('\n');
    expect(all).not.toMatch(/hunter\d/);
    expect(all).not.toContain(token);
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
