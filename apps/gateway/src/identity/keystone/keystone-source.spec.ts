import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { IdentitySigner, logger } from '@cloud-images/service-kit';
import { Sessions } from '../sessions.js';
import { identitySourceConformance } from '../testing/conformance.js';
import { FakeKeystone } from '../testing/fake-keystone.js';
import { KeystoneClient } from './keystone-client.js';
import { KeystoneSource, type KeystoneSourceOptions } from './keystone-source.js';

function sourceOn(
  keystone: FakeKeystone,
  options: Partial<KeystoneSourceOptions> & { password?: string; timeoutMs?: number } = {},
) {
  const client = new KeystoneClient({
    url: `${keystone.url}/v3/`,
    username: 'glance',
    password: options.password ?? keystone.password,
    project: 'service',
    userDomain: 'Default',
    projectDomain: 'Default',
    // Long, for a machine that does much else at the same time.
    timeoutMs: options.timeoutMs ?? 4_000,
  });
  return new KeystoneSource({
    client,
    publicUrl: 'https://keystone.example:5000',
    roles: 'keystone',
    log: logger('test', 'silent'),
    ...options,
  });
}

const roles = (...names: string[]) => names.map((name) => ({ id: `role-${name}`, name }));
const admin = {
  user: { id: 'u2', name: 'admin' },
  project: { id: 'p2', name: 'admin' },
  roles: roles('admin', 'manager', 'member', 'reader'),
};

identitySourceConformance('Keystone', async () => {
  const keystone = await new FakeKeystone().start();
  const source = sourceOn(keystone);
  let up = true;
  const goDown = async () => {
    up = false;
    await keystone.stop();
  };
  return {
    source,
    token: async (kind) => {
      if (kind === 'admin') return keystone.issue(admin);
      if (kind === 'no-project') return keystone.issue({ project: undefined, roles: undefined });
      const token = keystone.issue();
      if (kind !== 'demo') keystone.revoke(token);
      return token;
    },
    goDown,
    close: async () => {
      await source.close();
      if (up) await keystone.stop();
    },
  };
});

describe('Keystone as the source of identity', () => {
  let keystone: FakeKeystone;
  let source: KeystoneSource;
  beforeEach(async () => {
    keystone = await new FakeKeystone().start();
    source = sourceOn(keystone);
  });
  afterEach(async () => {
    await source.close();
    await keystone.stop();
  });

  const refusal = (token: string) => Promise.resolve(source.bearer(token)).catch((error: unknown) => error);

  it.each([
    ['a domain', { domain: { id: 'default' } }, /a domain/],
    ['the system', { system: { all: true } }, /the whole system/],
  ])('refuses a token scoped to %s, and says so', async (_, scope, message) => {
    const token = keystone.issue({ ...scope, project: undefined });
    expect(await refusal(token)).toMatchObject({ code: 'forbidden', message: expect.stringMatching(message) });
  });

  it('hands on the roles as they are listed, once each, and whose names they are', async () => {
    const token = keystone.issue({ roles: roles('admin', 'observer', 'cloudImages:admin', 'admin') });
    const names = ['admin', 'observer', 'cloudImages:admin'];
    expect(await source.bearer(token)).toMatchObject({ roles: names, source: 'keystone' });
    const rackspace = sourceOn(keystone, { roles: 'rackspace' });
    expect(await rackspace.bearer(token)).toMatchObject({ roles: names, source: 'rackspace' });
    await rackspace.close();
  });

  it('logs in once for all who ask at the same time, and keeps the token', async () => {
    const tokens = Array.from({ length: 20 }, () => keystone.issue());
    await Promise.all(tokens.map(async (token) => source.bearer(token)));
    await source.bearer(keystone.issue());
    expect([keystone.logins, keystone.checks]).toEqual([1, 21]);
  });

  it('renews its own token before it ends, without making anyone wait', async () => {
    let now = Date.now();
    keystone.now = () => now;
    const renewing = sourceOn(keystone, { now: () => now });
    keystone.ownTokenSeconds = 1_000;
    const token = keystone.issue({ expires_at: keystone.time(5_000) });
    await renewing.bearer(token);
    now += 790_000;
    await renewing.bearer(token);
    expect(keystone.logins).toBe(1);
    now += 20_000;
    await renewing.bearer(token);
    for (const end = Date.now() + 10_000; keystone.logins < 2 && Date.now() < end;) await sleep(20);
    expect(keystone.logins).toBe(2);
    now += 5_000_000;
    expect(await renewing.bearer(keystone.issue())).not.toBeNull();
    expect(keystone.logins).toBe(3);
    await renewing.close();
  });

  it('logs in again when Keystone does not believe its own token, and asks once more', async () => {
    const token = keystone.issue();
    await source.bearer(token);
    keystone.revokeOwnTokens();
    expect(await source.bearer(token)).toMatchObject({ user: 'u1' });
    expect(keystone.logins).toBe(2);
  });

  it.each([
    ['refuses the service user', (it: FakeKeystone) => it.documents.clear(), { password: 'wrong' }],
    ['fails', (it: FakeKeystone) => (it.failsWith = 500), {}],
    ['forbids the check', (it: FakeKeystone) => (it.failsWith = 403), {}],
    ['asks for patience', (it: FakeKeystone) => (it.failsWith = 429), {}],
    ['does not answer', (it: FakeKeystone) => (it.hangs = true), { timeoutMs: 300 }],
    ['is not JSON', (it: FakeKeystone) => (it.service.answer = (_, res) => res.writeHead(200).end('<html>')), {}],
    ['says nothing useful', (it: FakeKeystone) => (it.service.answer = (_, res) => res.writeHead(201).end('{}')), {}],
  ])('when Keystone %s, is unavailable and nobody is told to log in again', async (_, spoil, options) => {
    const token = keystone.issue();
    const other = sourceOn(keystone, options);
    spoil(keystone);
    const started = performance.now();
    await expect(other.bearer(token)).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - started).toBeLessThan(4_000);
    await other.close();
  });

  it('given a document without what counts, is unavailable rather than lenient', async () => {
    for (const lacking of ['user', 'expires_at']) {
      expect(await refusal(keystone.issue({ [lacking]: undefined }))).toMatchObject({ code: 'unavailable' });
    }
    expect(await refusal(keystone.issue({ roles: 'admin' }))).toMatchObject({ code: 'unavailable' });
    expect(await refusal(keystone.issue({ project: { name: 'demo' } }))).toMatchObject({ code: 'unavailable' });
  });

  it('when Keystone hangs, keeps nobody waiting after the first few, and comes back by itself', async () => {
    await source.close();
    source = sourceOn(keystone, { timeoutMs: 700 });
    const token = keystone.issue();
    await source.bearer(token);
    keystone.hangs = true;
    await Promise.all([1, 2, 3].map(() => refusal(token)));
    const started = performance.now();
    for (let i = 0; i < 100; i++) expect(await refusal(token)).toMatchObject({ code: 'unavailable' });
    expect(performance.now() - started).toBeLessThan(900);
    keystone.hangs = false;
    await sleep(1_100);
    expect(await source.bearer(token)).toMatchObject({ user: 'u1' });
  });

  it('given a token at which Keystone trips, is unavailable for that one only', async () => {
    const { answer } = keystone.service;
    keystone.service.answer = (request, res) =>
      request.headers['x-subject-token'] === 'trips' ? res.writeHead(500).end('{}') : answer(request, res);
    for (let i = 0; i < 10; i++) expect(await refusal('trips')).toMatchObject({ code: 'unavailable' });
    expect(await source.bearer(keystone.issue())).toMatchObject({ user: 'u1' });
  });

  it('sends a question again whose kept connection had been given up', async () => {
    const token = keystone.issue();
    await source.bearer(token);
    keystone.service.dropConnections();
    expect(await source.bearer(token)).toMatchObject({ user: 'u1' });
  });

  it('asks nobody about what no header can carry', () => {
    for (const text of ['a b', 'a\u00ff', 'a\r\nb', 'a'.repeat(2_049)]) expect(source.bearer(text)).toBeNull();
    expect(keystone.checks).toBe(0);
  });

  it('logs nothing of a token but a digest', async () => {
    const lines: string[] = [];
    const log = logger('test', 'trace', { write: (line: string) => void lines.push(line) });
    const telling = sourceOn(keystone, { log });
    const tokens = [keystone.issue(), keystone.issue({ system: { all: true } }), 'gAAAA-unknown'];
    for (const token of tokens) await Promise.resolve(telling.bearer(token)).catch(() => undefined);
    keystone.failsWith = 500;
    for (const token of tokens) await Promise.resolve(telling.bearer(token)).catch(() => undefined);
    expect(lines.length).toBeGreaterThan(3);
    for (const secret of [...tokens, keystone.password, 'own-']) expect(lines.join('')).not.toContain(secret);
    await telling.close();
  });

  it('with sessions, honours a revocation by the time that answers are kept', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const signer = new IdentitySigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'gateway');
    const sessions = new Sessions({ source, signer, cacheSeconds: 1 });
    const token = keystone.issue();
    expect(await sessions.resolve(token)).not.toBeNull();
    keystone.revoke(token);
    expect(await sessions.resolve(token)).not.toBeNull();
    expect(keystone.checks).toBe(1);
    await sleep(1_000);
    expect(await sessions.resolve(token)).toBeNull();
  });
});
