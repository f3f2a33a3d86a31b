import { readFileSync, writeFileSync } from 'node:fs';
import { GatewayUnderTest } from '../../testing/gateway-under-test.js';
import { hashPassword } from './password.js';

describe('the old identity API', () => {
  const gateway = new GatewayUnderTest();
  const tokens = (auth: unknown) =>
    gateway.call('POST', '/identity/v2.0/tokens', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth }),
    });
  const key = (username: string, apiKey: string) => ({ 'RAX-KSKEY:apiKeyCredentials': { username, apiKey } });
  const password = (username: string, text = 'secret') => ({ passwordCredentials: { username, password: text } });

  beforeAll(async () => {
    await gateway.start();
    const users = readFileSync(gateway.usersFile, 'utf8').replace(
      'name: alt, domain: Default, password: secret',
      `name: alt, domain: Default, password: secret, api_key_hash: '${await hashPassword('k-1')}'`,
    );
    writeFileSync(gateway.usersFile, users);
    for (let tries = 0; tries < 50; tries += 1) {
      if ((await tokens(key('alt', 'k-1'))).status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the key was never taken');
  });
  afterAll(() => gateway.stop());

  it('given a password, then 200 with a token of the first project, its roles and where images are', async () => {
    const { status, json, headers } = await tokens(password('demo'));
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    const { token, user, serviceCatalog } = json.access;
    expect(token).toMatchObject({ tenant: { name: 'demo' }, 'RAX-AUTH:authenticatedBy': ['PASSWORD'] });
    expect(Date.parse(token.expires)).toBeGreaterThan(Date.now());
    expect(user.roles.map(({ name }: { name: string }) => name)).toEqual(['member', 'reader']);
    const image = serviceCatalog.find(({ type }: { type: string }) => type === 'image');
    expect(image.endpoints[0]).toMatchObject({ publicURL: 'http://images.example:9292/v2', tenantId: token.tenant.id });
    const listed = await gateway.call('GET', '/v2/images', { headers: { 'x-auth-token': token.id } });
    expect(listed.status).toBe(200);
  });

  it('takes the tenant by id and by name, and a token in place of a password', async () => {
    const first = (await tokens({ ...password('demo'), tenantName: 'alt' })).json.access.token;
    expect(first.tenant.name).toBe('alt');
    const again = await tokens({ token: { id: first.id }, tenantId: first.tenant.id });
    expect(again.status).toBe(200);
    expect(Date.parse(again.json.access.token.expires)).toBeLessThanOrEqual(Date.parse(first.expires));
  });

  it('takes an API key, which is no password, nor a password a key', async () => {
    expect((await tokens(key('alt', 'k-1'))).json.access.token['RAX-AUTH:authenticatedBy']).toEqual(['APIKEY']);
    expect((await tokens(password('alt', 'k-1'))).status).toBe(401);
    expect((await tokens(key('alt', 'secret'))).status).toBe(401);
  });

  it.each([
    ['a wrong password', password('demo', 'wrong')],
    ['an unknown user', password('stranger')],
    ['a user without a key', key('demo', 'secret')],
    ['an empty key', key('demo', '')],
    ['a tenant without a role', { ...password('demo'), tenantName: 'admin' }],
    ['a broken token', { token: { id: 'nonsense' } }],
  ])('given %s, refuses with 401 and no reason', async (_case, auth) => {
    const { status, json } = await tokens(auth);
    expect(status).toBe(401);
    expect(json.error.message).toBe('The request you have made requires authentication.');
  });

  it.each([
    ['nothing', undefined],
    ['no proof', {}],
    ['two proofs', { ...password('demo'), ...key('demo', 'x') }],
    ['a number as key', { 'RAX-KSKEY:apiKeyCredentials': { username: 'demo', apiKey: 7 } }],
  ])('given %s, the request is malformed', async (_case, auth) => {
    expect(await tokens(auth)).toMatchObject({ status: 400, json: { error: { error: 'invalid-body' } } });
  });
});
