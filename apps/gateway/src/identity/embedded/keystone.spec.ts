import { readFileSync, writeFileSync } from 'node:fs';
import { GatewayUnderTest } from '../../testing/gateway-under-test.js';

describe('the embedded identity', () => {
  const gateway = new GatewayUnderTest();
  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());

  it('gives a token with all that clients were seen to need', async () => {
    const { status, headers, json } = await gateway.login('demo');
    expect(status).toBe(201);
    expect(headers['x-subject-token']).toMatch(/^[\w-]{100,}$/);
    const { token } = json;
    expect(token).toMatchObject({
      methods: ['password'],
      user: { name: 'demo', domain: { id: 'default', name: 'Default' } },
      project: { name: 'demo', domain: { id: 'default', name: 'Default' } },
      is_domain: false,
    });
    expect(token.expires_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(token.roles.map((role: { name: string }) => role.name)).toEqual(['member', 'reader']);
    const image = token.catalog.find((service: { type: string }) => service.type === 'image');
    expect(image.endpoints).toContainEqual(
      expect.objectContaining({ interface: 'public', region: 'RegionOne', url: 'http://images.example:9292' }),
    );
    expect(token.catalog.map((service: { type: string }) => service.type)).toContain('identity');
  });

  it('gives ids of 32 hex digits that differ between a user and a project of one name', async () => {
    const { token } = (await gateway.login('demo')).json;
    expect(token.user.id).toMatch(/^[0-9a-f]{32}$/);
    expect(token.project.id).toMatch(/^[0-9a-f]{32}$/);
    expect(token.user.id).not.toBe(token.project.id);
  });

  it('takes domains by name too, and infers the roles of an admin', async () => {
    const { status, json } = await gateway.login('admin', { domain: { name: 'Default' } });
    expect(status).toBe(201);
    expect(json.token.roles.map((role: { name: string }) => role.name)).toEqual([
      'admin',
      'manager',
      'member',
      'reader',
    ]);
  });

  it.each([
    ['a wrong password', 'demo', { password: 'wrong' }],
    ['an unknown user', 'stranger', {}],
    ['a project without a role', 'demo', { project: 'admin' }],
    ['an unknown project', 'demo', { project: 'nowhere' }],
    ['another domain', 'demo', { domain: { name: 'Other' } }],
  ])('given %s, refuses with 401 and no reason', async (_, user, options) => {
    const { status, json } = await gateway.login(user, options);
    expect(status).toBe(401);
    expect(json.error).toMatchObject({
      code: 401,
      title: 'Unauthorized',
      message: 'The request you have made requires authentication.',
    });
  });

  it.each([
    ['no body', undefined],
    ['no auth', {}],
    ['no methods', { auth: { identity: {} } }],
    [
      'a password that is no text',
      { auth: { identity: { methods: ['password'], password: { user: { id: 'x', password: 1 } } } } },
    ],
    [
      'a user without domain',
      { auth: { identity: { methods: ['password'], password: { user: { name: 'x', password: 'y' } } } } },
    ],
  ])('given %s, refuses with 400', async (_, body) => {
    const reply = await gateway.call('POST', '/identity/v3/auth/tokens', {
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    expect(reply.status).toBe(400);
    expect(reply.json.error.message).toBeTruthy();
  });

  it('makes a token for another project from a token, which ends no later than the first', async () => {
    const first = await gateway.login('demo');
    const token = String(first.headers['x-subject-token']);
    const second = await gateway.authenticate({
      identity: { methods: ['token'], token: { id: token } },
      scope: { project: { name: 'alt', domain: { id: 'default' } } },
    });
    expect(second.status).toBe(201);
    expect(second.json.token.project.name).toBe('alt');
    expect(second.json.token.roles.map((role: { name: string }) => role.name)).toEqual(['reader']);
    expect(second.json.token.methods).toEqual(['token', 'password']);
    expect(second.json.token.audit_ids[1]).toBe(first.json.token.audit_ids[0]);
    expect(Date.parse(second.json.token.expires_at)).toBeLessThanOrEqual(Date.parse(first.json.token.expires_at));
  });

  it('validates a token for its bearer and for an admin, not for others', async () => {
    const [demo, alt, admin] = await Promise.all(['demo', 'alt', 'admin'].map((user) => gateway.tokenOf(user)));
    const validate = (own: string, subject: string) =>
      gateway.call('GET', '/identity/v3/auth/tokens', { headers: { 'x-auth-token': own, 'x-subject-token': subject } });
    const ownWord = await validate(demo!, demo!);
    expect([ownWord.status, ownWord.json.token.user.name]).toEqual([200, 'demo']);
    expect((await validate(admin!, demo!)).json.token.user.name).toBe('demo');
    expect((await validate(alt!, demo!)).status).toBe(403);
    expect((await validate(admin!, 'nonsense')).status).toBe(404);
    expect((await validate('nonsense', demo!)).status).toBe(401);
  });

  it('finds a project by its exact name or its id, and lists them all for an admin only', async () => {
    const [demo, admin] = await Promise.all([gateway.tokenOf('demo'), gateway.tokenOf('admin')]);
    const get = async (token: string, path: string) =>
      gateway.call('GET', `/identity/v3/projects${path}`, { headers: { 'x-auth-token': token } });
    const [alt] = (await get(demo, '?name=alt')).json.projects;
    expect(alt.name).toBe('alt');
    expect((await get(demo, `/${alt.id}`)).json.project.name).toBe('alt');
    expect((await get(demo, '/alt')).status).toBe(404);
    const names = async (token: string) =>
      (await get(token, '')).json.projects.map((project: { name: string }) => project.name);
    expect(await names(demo)).toEqual(['demo', 'alt']);
    expect(await names(admin)).toEqual(['admin', 'demo', 'alt']);
    expect((await get('', '?name=alt')).status).toBe(401);
  });

  it.each([
    ['/identity', 300],
    ['/identity/', 300],
    ['/identity/v3', 200],
    ['/identity/v3/', 200],
  ])('says at %s which versions it has, without a token', async (path, status) => {
    const reply = await gateway.call('GET', path);
    expect(reply.status).toBe(status);
    const version = status === 300 ? reply.json.versions.values[0] : reply.json.version;
    expect(version).toMatchObject({ id: 'v3.14', links: [{ href: 'http://images.example:9292/identity/v3/' }] });
  });

  it('reads a changed users file again, and keeps the old one when the new one is not usable', async () => {
    const before = readFileSync(gateway.usersFile, 'utf8');
    const token = await gateway.tokenOf('demo');
    const list = () => gateway.call('GET', '/v2/images', { headers: { 'x-auth-token': token } });
    expect((await list()).status).toBe(200);
    writeFileSync(gateway.usersFile, 'users: [ {');
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect((await gateway.login('demo')).status).toBe(201);
    writeFileSync(
      gateway.usersFile,
      before.replaceAll(
        'name: demo, domain: Default, password: secret',
        'name: demo, domain: Default, password: changed',
      ),
    );
    const changed = async () => (await gateway.login('demo', { password: 'changed' })).status;
    for (const end = Date.now() + 10_000; (await changed()) !== 201 && Date.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await changed()).toBe(201);
    expect((await gateway.login('demo')).status).toBe(401);
    // Tokens of the old password end with it.
    expect((await list()).status).toBe(401);
    writeFileSync(gateway.usersFile, before);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
  });
});
