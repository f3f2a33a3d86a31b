import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { internalHeaders, Refusal, type Identity } from '@cloud-images/contracts';
import { loadConfig } from '../config/load-config.js';
import { ServiceConfig } from '../config/service-config.js';
import { Anonymous, Caller, OnlyVia } from '../http/access.js';
import type { CallerContext } from '../http/caller.js';
import { currentRequestId } from '../http/request-scope.js';
import { IdentitySigner } from '../identity/signer.js';
import { bootService, type RunningService } from './boot-service.js';

class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

let release: () => void = () => undefined;
let entered: () => void = () => undefined;

@Controller()
class TestController {
  @Get('who')
  who(@Caller() caller: CallerContext) {
    return { ...caller, logged: currentRequestId() };
  }
  @Anonymous()
  @Get('open')
  open() {
    return 'open';
  }
  @OnlyVia('gateway')
  @Post('internal/thing')
  internal() {
    return {};
  }
  @Post('echo')
  echo(@Body() body: unknown) {
    return { body: body ?? null, type: typeof body };
  }
  @Get('refuse')
  refuse() {
    throw new Refusal('image-protected', 'The image is protected.', { 'x-extra': 'yes' });
  }
  @Get('outage')
  outage() {
    throw new StoreUnavailable('connection to 10.0.0.1 refused');
  }
  @Get('fault')
  fault() {
    throw new Error('password=secret at postgres://u:p@host');
  }
  @Get('slow')
  async slow() {
    entered();
    await new Promise<void>((resolve) => (release = resolve));
    return 'done';
  }
}

@Module({ controllers: [TestController] })
class TestModule {}

describe('a booted service', () => {
  const directory = mkdtempSync(join(tmpdir(), 'service-kit-'));
  const publicKeys = join(directory, 'public');
  const signers: Record<string, IdentitySigner> = {};
  let service: RunningService;
  const user: Omit<Identity, 'via'> = { user: 'u1', project: 'p1', roles: ['member'], source: 'embedded' };

  const boot = () =>
    bootService({
      name: 'catalog',
      module: TestModule,
      bodyLimit: 1000,
      config: loadConfig(ServiceConfig, {
        CLOUD_IMAGES_LISTEN_PORT: '0',
        CLOUD_IMAGES_LOG_LEVEL: 'silent',
        CLOUD_IMAGES_SERVICE_KEY: join(directory, 'catalog.pem'),
        CLOUD_IMAGES_SERVICE_PUBLIC_KEYS: publicKeys,
        CLOUD_IMAGES_PUBLIC_URL: 'http://127.0.0.1:9292',
        CLOUD_IMAGES_SHUTDOWN_SECONDS: '5',
      }),
    });

  beforeAll(async () => {
    const { mkdirSync } = await import('node:fs');
    mkdirSync(publicKeys);
    for (const name of ['gateway', 'catalog']) {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519');
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      writeFileSync(join(directory, `${name}.pem`), pem);
      writeFileSync(join(publicKeys, `${name}.pem`), publicKey.export({ type: 'spki', format: 'pem' }));
      signers[name] = new IdentitySigner(pem, name);
    }
    service = await boot();
  });

  afterAll(async () => {
    await service.stop();
    rmSync(directory, { recursive: true });
  });

  const asUser = (extra: Record<string, string> = {}) => ({
    [internalHeaders.identity]: signers['gateway']!.sign(user),
    ...extra,
  });
  const call = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(service.url + path, init);
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      json: text.startsWith('{') ? JSON.parse(text) : null,
    };
  };

  it('hands a verified caller, its request id and its personal details to the handler and to the log', async () => {
    const requestId = 'req-00000000-0000-4000-8000-000000000001';
    const answer = await call('/who', {
      headers: asUser({
        [internalHeaders.requestId]: requestId,
        [internalHeaders.correlationId]: 'theirs',
        [internalHeaders.userName]: 'J%C3%BCrgen',
        [internalHeaders.sourceAddress]: '192.0.2.1',
      }),
    });
    expect(answer.json).toMatchObject({
      identity: { ...user, via: 'gateway' },
      request_id: requestId,
      correlation_id: 'theirs',
      context: { request_id: requestId, user_name: 'Jürgen', source_address: '192.0.2.1' },
      logged: requestId,
    });
    expect(answer.headers.get('x-openstack-request-id')).toBe(requestId);
  });

  it('does not believe personal details that come with another service’s own identity', async () => {
    const answer = await call('/who', {
      headers: { [internalHeaders.identity]: signers['catalog']!.signSelf(), [internalHeaders.userName]: 'mallory' },
    });
    expect(answer.json.identity).toMatchObject({ user: 'catalog', via: 'catalog', roles: [] });
    expect(answer.json.context).not.toHaveProperty('user_name');
  });

  it.each([
    ['no identity', {}],
    ['nonsense', { [internalHeaders.identity]: 'nonsense' }],
    ['forged role headers', { 'x-user-id': 'u1', 'x-roles': 'admin' }],
  ])('given %s, refuses as unauthorized before anything runs', async (_, headers) => {
    const answer = await call('/who', { headers });
    expect([answer.status, answer.json.error]).toEqual([401, 'unauthorized']);
    expect(answer.json.request_id).toBe(answer.headers.get('x-openstack-request-id'));
  });

  it('keeps internal routes for the services that they name', async () => {
    const own = { [internalHeaders.identity]: signers['catalog']!.signSelf() };
    expect((await call('/internal/thing', { method: 'POST', headers: own })).status).toBe(403);
    expect((await call('/internal/thing', { method: 'POST', headers: asUser() })).status).toBe(201);
  });

  it('serves anonymous routes and health without an identity', async () => {
    service.health.add('always', async () => undefined);
    expect((await call('/open')).text).toBe('open');
    expect((await call('/healthz')).status).toBe(200);
    expect((await call('/readyz')).json).toEqual({ status: 'ready', checks: { always: 'ok' } });
    service.health.add('never', async () => Promise.reject(new Error('down')));
    const unready = await call('/readyz');
    expect([unready.status, unready.json.checks]).toEqual([503, { always: 'ok', never: 'failed' }]);
  });

  it.each([
    ['a refusal as it is', '/refuse', 403, 'image-protected'],
    ['an outage as unavailable', '/outage', 503, 'unavailable'],
    ['a fault without explanation', '/fault', 500, 'internal-error'],
    ['an unknown path', '/nothing', 404, 'not-found'],
  ])('renders %s', async (_, path, status, code) => {
    const answer = await call(path, { headers: asUser() });
    expect([answer.status, answer.json.error]).toEqual([status, code]);
    expect(answer.json.code).toMatch(new RegExp(`^${status} `));
    expect(answer.text).not.toMatch(/postgres|10\.0\.0|password/);
    if (status === 503) expect(answer.headers.get('retry-after')).toBe('1');
    if (code === 'image-protected') expect(answer.headers.get('x-extra')).toBe('yes');
  });

  it('answers plain text only to those who ask for it alone', async () => {
    const plain = await call('/refuse', { headers: asUser({ accept: 'text/plain' }) });
    expect(plain.headers.get('content-type')).toMatch(/^text\/plain/);
    const both = await call('/refuse', { headers: asUser({ accept: 'text/plain, application/json' }) });
    expect(both.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it.each([
    ['JSON', 'application/json', '{"a":1}', { body: { a: 1 }, type: 'object' }],
    ['an empty body', 'application/json', '', { body: null, type: 'undefined' }],
    ['another type as text', 'application/openstack-images-v2.1-json-patch', '[1]', { body: '[1]', type: 'string' }],
  ])('reads %s', async (_, type, body, expected) => {
    const answer = await call('/echo', { method: 'POST', headers: asUser({ 'content-type': type }), body });
    expect(answer.json).toEqual(expected);
  });

  it.each([
    ['broken JSON', '{"a":', 400, 'invalid-json'],
    ['a member given twice', '{"a":1,"a":2}', 400, 'invalid-json'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, 'invalid-json'],
    ['too much', `"${'x'.repeat(1000)}"`, 413, 'body-too-large'],
  ])('refuses %s', async (_, body, status, code) => {
    const headers = asUser({ 'content-type': 'application/json' });
    const answer = await call('/echo', { method: 'POST', headers, body: body as string });
    expect([answer.status, answer.json.error]).toEqual([status, code]);
  });

  it('when stopped, finishes what is in flight, takes nothing new and is gone', async () => {
    const other = await boot();
    const begun = new Promise<void>((resolve) => (entered = resolve));
    const inFlight = fetch(`${other.url}/slow`, { headers: asUser() });
    await begun;
    const url = other.url;
    const stopped = other.stop();
    await expect(fetch(`${url}/open`)).rejects.toThrow();
    release();
    expect(await (await inFlight).text()).toBe('done');
    await stopped;
  });
});
