import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, loadConfig } from '@cloud-images/service-kit';
import { GatewayConfig } from '../config.js';
import { GatewayUnderTest } from '../testing/gateway-under-test.js';
import { FakeIssuer } from './testing/fake-issuer.js';
import { FakeKeystone } from './testing/fake-keystone.js';

describe('a gateway that leaves tokens to a Keystone', () => {
  const gateway = new GatewayUnderTest();
  let keystone: FakeKeystone;

  beforeAll(async () => {
    keystone = await new FakeKeystone().start();
    const passwordFile = join(gateway.directory, 'password');
    writeFileSync(passwordFile, `${keystone.password}\n`);
    await gateway.start({
      CLOUD_IMAGES_IDENTITY_KIND: 'keystone',
      CLOUD_IMAGES_IDENTITY_CACHE_SECONDS: '1',
      CLOUD_IMAGES_KEYSTONE_URL: keystone.url,
      CLOUD_IMAGES_KEYSTONE_PUBLIC_URL: 'https://keystone.example:5000/v3',
      CLOUD_IMAGES_KEYSTONE_USERNAME: 'glance',
      CLOUD_IMAGES_KEYSTONE_PASSWORD_FILE: passwordFile,
      CLOUD_IMAGES_KEYSTONE_PROJECT: 'service',
      CLOUD_IMAGES_KEYSTONE_TIMEOUT_SECONDS: '4',
      CLOUD_IMAGES_IDENTITY: '',
      CLOUD_IMAGES_TOKEN_SECRET_FILE: '',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await keystone.stop();
  });
  beforeEach(() => (gateway.catalog.received.length = 0));

  const list = (token: string) => gateway.call('GET', '/v2/images', { headers: { 'x-auth-token': token } });
  const identity = () =>
    gateway.verifier.verify(String(gateway.catalog.received.at(-1)!.headers['x-cloud-images-identity']));

  it('vouches for whom Keystone vouches for', async () => {
    expect((await list(keystone.issue())).status).toBe(200);
    expect(identity()).toEqual({
      user: 'u1',
      project: 'p1',
      roles: ['member', 'reader'],
      source: 'keystone',
      via: 'gateway',
    });
  });

  it('lets a body come only when it knows whose it is', async () => {
    const post = (token: string) =>
      gateway.call('POST', '/v2/images', {
        headers: { 'x-auth-token': token, 'content-type': 'application/json' },
        body: '{"name":"one"}',
      });
    expect((await post(keystone.issue())).status).toBe(200);
    expect(gateway.catalog.received[0]!.body.toString()).toBe('{"name":"one"}');
    expect((await post('unknown')).status).toBe(401);
  });

  it('says with a 401 where Keystone is', async () => {
    for (const token of ['', 'unknown']) {
      const { status, headers } = await list(token);
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toBe('Keystone uri="https://keystone.example:5000/v3"');
    }
    expect(gateway.catalog.received).toEqual([]);
  });

  it('does not take a token from Authorization', async () => {
    const token = keystone.issue();
    const reply = await gateway.call('GET', '/v2/images', { headers: { authorization: `Bearer ${token}` } });
    expect(reply.status).toBe(401);
  });

  it('refuses a token without a project as forbidden', async () => {
    const { status, json } = await list(keystone.issue({ project: undefined }));
    expect([status, json.message]).toEqual([403, expect.stringMatching(/not scoped to a project/)]);
  });

  it('has no login of its own, and says who has', async () => {
    for (const [method, path] of [
      ['GET', '/identity'],
      ['GET', '/identity/v3'],
      ['POST', '/identity/v3/auth/tokens'],
      ['GET', '/identity/v3/projects/p1'],
    ] as const) {
      const reply = await gateway.call(method, path);
      expect([reply.status, reply.json.message]).toEqual([
        404,
        'This service issues no tokens; they come from https://keystone.example:5000/v3.',
      ]);
    }
  });

  it('when Keystone is down, serves whom it knows and answers 503 with Retry-After to others', async () => {
    const known = keystone.issue();
    const other = keystone.issue();
    await list(known);
    keystone.failsWith = 503;
    expect((await list(known)).status).toBe(200);
    for (let i = 0; i < 4; i++) {
      const { status, headers, json } = await list(other);
      expect([status, headers['retry-after'], json.error]).toEqual([503, '1', 'unavailable']);
    }
    expect((await gateway.call('GET', '/readyz')).json.checks.identity).toBe('failed');
    await sleep(1_100);
    expect((await list(known)).status).toBe(503);
    keystone.failsWith = null;
    await sleep(2_100);
    expect((await list(other)).status).toBe(200);
  });
});

describe('a gateway that believes an issuer of JWTs', () => {
  const gateway = new GatewayUnderTest();
  let issuer: FakeIssuer;

  beforeAll(async () => {
    issuer = await new FakeIssuer().start();
    await gateway.start({
      CLOUD_IMAGES_IDENTITY_KIND: 'oidc',
      CLOUD_IMAGES_OIDC_ISSUER: issuer.url,
      CLOUD_IMAGES_OIDC_AUDIENCE: `other, ${issuer.audience}`,
      CLOUD_IMAGES_IDENTITY: '',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await issuer.stop();
  });

  const list = (headers: Record<string, string>) => gateway.call('GET', '/v2/images', { headers });

  it('takes a token by Authorization and by X-Auth-Token', async () => {
    const token = await issuer.token({ sub: 'jane.doe@example.com' });
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { authorization: `bearer  ${token}` },
      { 'x-auth-token': token },
      { authorization: `Bearer ${token}`, 'x-auth-token': token },
    ]) {
      expect((await list(headers)).status).toBe(200);
    }
    const { headers } = gateway.catalog.received.at(-1)!;
    const identity = gateway.verifier.verify(String(headers['x-cloud-images-identity']));
    expect(identity).toMatchObject({ project: 'p1', roles: ['member', 'reader'], source: 'oidc' });
    expect(identity.user).toMatch(/^sub-[0-9a-f]{32}$/);
    expect(headers['x-cloud-images-user-name']).toBe('demo');
    expect(JSON.stringify(headers)).not.toContain('jane');
  });

  it('refuses two different tokens, whichever is good', async () => {
    const [one, other] = [await issuer.token(), await issuer.token({ project_id: 'p2' })];
    expect((await list({ authorization: `Bearer ${one}`, 'x-auth-token': other })).status).toBe(400);
  });

  it.each([
    ['nothing', {}],
    ['another scheme', { authorization: 'Basic ZGVtbzpzZWNyZXQ=' }],
    ['a scheme without a token', { authorization: 'Bearer ' }],
    ['nonsense', { authorization: 'Bearer a.b.c' }],
  ])('given %s, asks for a bearer token', async (_, headers) => {
    const reply = await list(headers as Record<string, string>);
    expect([reply.status, reply.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="http://images.example:9292"',
    ]);
  });

  it('has no login of its own, and says who has', async () => {
    const { status, json } = await gateway.call('POST', '/identity/v3/auth/tokens');
    expect([status, json.message]).toEqual([404, `This service issues no tokens; they come from ${issuer.url}.`]);
  });
});

describe('the settings of identity', () => {
  const problems = (env: Record<string, string>): string[] => {
    try {
      loadConfig(GatewayConfig, env);
    } catch (error) {
      return (error as ConfigError).problems.filter((problem) =>
        /IDENTITY|KEYSTONE|OIDC|TOKEN/.test(problem),
      ) as string[];
    }
    return [];
  };

  it('of a kind are needed with that kind only, and all that is wrong is told at once', () => {
    expect(problems({})).toEqual(['CLOUD_IMAGES_IDENTITY is not set', 'CLOUD_IMAGES_TOKEN_SECRET_FILE is not set']);
    expect(
      problems({
        CLOUD_IMAGES_IDENTITY_KIND: 'keystone',
        CLOUD_IMAGES_IDENTITY_CACHE_SECONDS: '61',
        CLOUD_IMAGES_KEYSTONE_URL: 'keystone:5000',
        CLOUD_IMAGES_KEYSTONE_PASSWORD_FILE: '/nowhere/password',
      }),
    ).toEqual([
      'CLOUD_IMAGES_IDENTITY_CACHE_SECONDS must not be greater than 60',
      'CLOUD_IMAGES_KEYSTONE_URL must be a URL address',
      'CLOUD_IMAGES_KEYSTONE_USERNAME is not set',
      'CLOUD_IMAGES_KEYSTONE_PASSWORD_FILE must name a file that can be read',
      'CLOUD_IMAGES_KEYSTONE_PROJECT is not set',
    ]);
    expect(
      problems({
        CLOUD_IMAGES_IDENTITY_KIND: 'oidc',
        CLOUD_IMAGES_OIDC_ISSUER: 'issuer',
        CLOUD_IMAGES_OIDC_ALGORITHMS: 'RS256,HS256,none',
        CLOUD_IMAGES_OIDC_CA_FILE: '/nowhere/ca',
      }),
    ).toEqual([
      'CLOUD_IMAGES_TOKEN_SECRET_FILE is not set',
      'CLOUD_IMAGES_OIDC_ISSUER must be a URL address',
      'CLOUD_IMAGES_OIDC_AUDIENCE is not set',
      expect.stringMatching(/^CLOUD_IMAGES_OIDC_ALGORITHMS may name only RS256,/),
      'CLOUD_IMAGES_OIDC_CA_FILE must name a file that can be read',
    ]);
    expect(problems({ CLOUD_IMAGES_IDENTITY_KIND: 'ldap' })[0]).toMatch(/^CLOUD_IMAGES_IDENTITY_KIND must be one of/);
  });
});
