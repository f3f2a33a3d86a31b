import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { logger } from '@cloud-images/service-kit';
import { exportSPKI, generateKeyPair, importJWK, SignJWT, type JWTPayload } from 'jose';
import { FakeService } from '../../testing/fake-service.js';
import { identitySourceConformance } from '../testing/conformance.js';
import { FakeIssuer } from '../testing/fake-issuer.js';
import { IssuerKeys, type IssuerKeysOptions } from './issuer-keys.js';
import { OidcSource, type OidcSourceOptions } from './oidc-source.js';
import { Subjects } from './subjects.js';

const secret = Buffer.alloc(48, 'secret');

function sourceOn(
  issuer: FakeIssuer,
  options: Partial<OidcSourceOptions> = {},
  keyOptions: Partial<IssuerKeysOptions> = {},
): OidcSource {
  return new OidcSource({
    keys: new IssuerKeys({ issuer: issuer.url, timeoutMs: 4_000, ...keyOptions }),
    subjects: new Subjects(secret, issuer.url),
    issuer: issuer.url,
    audience: [issuer.audience],
    algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    clockToleranceSeconds: 5,
    claims: { project: 'project_id', roles: 'roles', operatorRole: 'images-operator' },
    publicUrl: 'http://images.example',
    log: logger('test', 'silent'),
    ...options,
  });
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const ago = (seconds: number): number => Math.floor(Date.now() / 1_000) - seconds;

identitySourceConformance('OIDC', async () => {
  const issuer = await new FakeIssuer().start();
  const source = sourceOn(issuer);
  const { privateKey: stranger } = await generateKeyPair('ES256');
  let up = true;
  return {
    source,
    token: async (kind) => {
      if (kind === 'admin') {
        return issuer.token({ sub: 'f'.repeat(32), project_id: 'p2', roles: ['images-operator'] });
      }
      if (kind === 'no-project') return issuer.token({ project_id: undefined });
      if (kind === 'ended') return issuer.token({ exp: ago(60) });
      if (kind === 'demo') return issuer.token();
      return new SignJWT(issuer.claims()).setProtectedHeader({ alg: 'ES256', kid: 'first' }).sign(stranger);
    },
    goDown: async () => {
      up = false;
      await issuer.stop();
    },
    close: async () => {
      await source.close();
      if (up) await issuer.stop();
    },
  };
});

describe('OIDC as the source of identity', () => {
  let issuer: FakeIssuer;
  let source: OidcSource;
  beforeEach(async () => {
    issuer = await new FakeIssuer().start();
    source = sourceOn(issuer);
  });
  afterEach(async () => {
    await source.close();
    await issuer.stop();
  });

  const outcome = async (token: string | Promise<string>, at = source): Promise<any> =>
    Promise.resolve(at.bearer(await token)).catch((error: unknown) => error);

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('believes %s', async (alg) => {
    await issuer.addKey('other', alg);
    expect(await outcome(issuer.token({}, {}, 'other'))).toMatchObject({ user: issuer.claims().sub, project: 'p1' });
  });

  describe('does not believe', () => {
    it.each([
      ['another issuer', { iss: 'http://elsewhere' }],
      ['an issuer that only begins like ours', { iss: 'http://127.0.0.1' }],
      ['another audience', { aud: 'other' }],
      ['no audience', { aud: undefined }],
      ['its end over', { exp: ago(6) }],
      ['no end', { exp: undefined }],
      ['its time to come', { nbf: ago(-60) }],
      ['no subject', { sub: undefined }],
      ['an end that is a text', { exp: '9999999999' }],
    ])('a token with %s', async (_, change) => {
      expect(await outcome(issuer.token(change as JWTPayload))).toBeNull();
    });

    it('an algorithm that was not configured, though the key fits', async () => {
      await issuer.addKey('strong', 'ES384');
      expect(await outcome(issuer.token({}, {}, 'strong'))).toBeNull();
    });

    it.each(['none', 'None', 'NONE', 'nOnE', ''])('a token without a signature (alg "%s")', async (alg) => {
      for (const signature of ['', 'AA']) {
        expect(await outcome(`${encoded({ alg, kid: 'first' })}.${encoded(issuer.claims())}.${signature}`)).toBeNull();
      }
      expect(await outcome(`${encoded({ alg, kid: 'first' })}.${encoded(issuer.claims())}`)).toBeNull();
    });

    it.each(['HS256', 'HS384', 'HS512'])('%s with the public key as the secret, in any of its forms', async (alg) => {
      const jwk = await issuer.addKey('rsa', 'RS256');
      const pem = await exportSPKI((await importJWK(jwk, 'RS256', { extractable: true })) as never);
      for (const key of [pem, pem.trim(), pem.replaceAll(/-----.*-----|\n/g, ''), JSON.stringify(jwk), jwk.n!, '']) {
        const input = `${encoded({ alg, kid: 'rsa' })}.${encoded(issuer.claims())}`;
        const signature = createHmac(`sha${alg.slice(2)}`, key)
          .update(input)
          .digest('base64url');
        expect(await outcome(`${input}.${signature}`)).toBeNull();
      }
    });

    it('a shared secret that the issuer published by mistake', async () => {
      issuer.published.push({
        kty: 'oct',
        kid: 'shared',
        k: Buffer.alloc(32, 'k').toString('base64url'),
        alg: 'HS256',
      });
      const input = `${encoded({ alg: 'HS256', kid: 'shared' })}.${encoded(issuer.claims())}`;
      const signature = createHmac('sha256', Buffer.alloc(32, 'k')).update(input).digest('base64url');
      expect(await outcome(`${input}.${signature}`)).toBeNull();
    });

    it('a key that a token brings along or points to, and fetches nothing from there', async () => {
      const theirs = await new FakeService().start();
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
      const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'theirs', alg: 'RS256' };
      theirs.answer = (_, res) => res.writeHead(200).end(JSON.stringify({ keys: [jwk] }));
      const headers = [
        { jwk },
        { jku: `${theirs.url}/keys` },
        { x5u: `${theirs.url}/cert` },
        { x5c: [publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] },
        { kid: `${theirs.url}/keys` },
        { jwk, kid: 'first' },
        { jku: `${theirs.url}/keys`, kid: 'theirs' },
        { iss: theirs.url, kid: 'theirs' },
      ];
      for (const header of headers) {
        const token = new SignJWT(issuer.claims()).setProtectedHeader({ alg: 'RS256', ...header }).sign(privateKey);
        expect(await outcome(token)).toBeNull();
      }
      expect(theirs.received).toEqual([]);
      await theirs.stop();
    });

    it.each([
      ['a path', '../../../../dev/null'],
      ['an absolute path', '/etc/passwd'],
      ['an address', 'file:///dev/null'],
      ['a query', "' UNION SELECT 'key"],
      ['another with a null after it', 'first\0'],
      ['a name of the language', '__proto__'],
      ['very long', 'x'.repeat(5_000)],
    ])('a kid that is %s', async (_, kid) => {
      const emptyKey = createHmac('sha256', '').update('').digest('base64url');
      expect(await outcome(issuer.token({}, { kid }))).toBeNull();
      expect(await outcome(`${encoded({ alg: 'HS256', kid })}.${encoded(issuer.claims())}.${emptyKey}`)).toBeNull();
    });

    it.each([
      ['an extension that must be understood', { crit: ['exp'], exp: 1 }],
      ['an unencoded payload', { b64: false, crit: ['b64'] }],
    ])('%s', async (_, header) => {
      const [, payload, signature] = (await issuer.token()).split('.');
      expect(await outcome(`${encoded({ alg: 'ES256', kid: 'first', ...header })}.${payload}.${signature}`)).toBeNull();
    });
  });

  describe('makes of the claims', () => {
    it('roles with those they imply, from a list, from words, from a path, from a name with dots', async () => {
      const cases: [object, string][] = [
        [{ roles: ['member'] }, 'roles'],
        [{ roles: 'member other' }, 'roles'],
        [{ realm_access: { roles: ['member'] } }, 'realm_access.roles'],
        [{ 'https://images.example/roles': ['member'] }, 'https://images.example/roles'],
      ];
      for (const [claims, roles] of cases) {
        const at = sourceOn(issuer, { claims: { project: 'project_id', roles } });
        const { roles: found } = await outcome(issuer.token({ roles: undefined, ...claims }), at);
        expect(found).toEqual(expect.arrayContaining(['member', 'reader']));
        await at.close();
      }
    });

    it('no operator, whoever is called admin, but by the role that was configured', async () => {
      const rolesOf = async (roles: string[], at = source) => (await outcome(issuer.token({ roles }), at)).roles;
      expect(await rolesOf(['admin', 'member'])).toEqual(['member', 'reader']);
      expect(await rolesOf(['images-operator'])).toEqual(['admin', 'manager', 'member', 'reader']);
      const none = sourceOn(issuer, { claims: { project: 'project_id', roles: 'roles' } });
      expect(await rolesOf(['admin', 'images-operator'], none)).toEqual(['images-operator']);
      const same = sourceOn(issuer, { claims: { project: 'project_id', roles: 'roles', operatorRole: 'admin' } });
      expect(await rolesOf(['admin'], same)).toContain('admin');
      await Promise.all([none.close(), same.close()]);
    });

    it.each([
      ['several projects', { project_id: ['p1', 'p2'] }],
      ['a project that is no text', { project_id: { id: 'p1' } }],
      ['a project with a blank', { project_id: 'p 1' }],
      ['a very long project', { project_id: 'p'.repeat(256) }],
      ['roles that are numbers', { roles: [1] }],
      ['roles that are an object', { roles: { admin: true } }],
    ])('nobody who may do anything, given %s: refused as forbidden, in words', async (_, change) => {
      expect(await outcome(issuer.token(change as JWTPayload))).toMatchObject({ code: 'forbidden' });
    });

    it('a pseudonym of a subject that says who someone is, the same each time, and nobody else’s', async () => {
      const idOf = async (sub: string) => (await outcome(issuer.token({ sub }))).user as string;
      const id = await idOf('jane.doe@example.com');
      expect(id).toMatch(/^sub-[0-9a-f]{32}$/);
      expect(await idOf('jane.doe@example.com')).toBe(id);
      expect(await idOf(id)).not.toBe(id);
      expect(await idOf('Jane.Doe@example.com')).not.toBe(id);
      const opaque = '00000000-1111-4222-8333-444444444444';
      expect(await idOf(opaque)).toBe(opaque);
      const elsewhere = new Subjects(secret, 'http://elsewhere').idOf('jane.doe@example.com');
      expect(elsewhere).not.toBe(id);
      expect(new Subjects(Buffer.alloc(48, 'other'), issuer.url).idOf('jane.doe@example.com')).not.toBe(id);
    });
  });

  describe('and the keys of the issuer', () => {
    const clock = () => {
      let now = Date.now();
      return { now: () => now, pass: (ms: number) => (now += ms) };
    };

    it('are fetched once, and again for an unknown kid, but not for every one', async () => {
      const { now, pass } = clock();
      const at = sourceOn(issuer, {}, { now });
      await Promise.all(Array.from({ length: 20 }, () => outcome(issuer.token(), at)));
      expect(issuer.fetches).toBe(1);
      await issuer.addKey('second');
      const rotated = await issuer.token({}, {}, 'second');
      for (let i = 0; i < 50; i++) expect(await outcome(rotated, at)).toBeNull();
      expect(issuer.fetches).toBe(1);
      pass(10_000);
      expect(await outcome(rotated, at)).toMatchObject({ project: 'p1' });
      for (let i = 0; i < 50; i++) expect(await outcome(issuer.token({}, { kid: `made-up-${i}` }), at)).toBeNull();
      expect(issuer.fetches).toBe(2);
      await at.close();
    });

    it('that are withdrawn are not believed after a while', async () => {
      const { now, pass } = clock();
      const at = sourceOn(issuer, { clockToleranceSeconds: 5 }, { now });
      const token = await issuer.token({ exp: ago(-86_400) });
      expect(await outcome(token, at)).toMatchObject({ project: 'p1' });
      issuer.published = [];
      await issuer.addKey('second');
      pass(10 * 60_000);
      await outcome(token, at);
      for (const end = Date.now() + 10_000; (await outcome(token, at)) !== null && Date.now() < end;) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(await outcome(token, at)).toBeNull();
      await at.close();
    });

    it('that are known serve on for an hour while the issuer is down; for unknown ones nobody can say', async () => {
      const { now, pass } = clock();
      const at = sourceOn(issuer, {}, { now });
      const known = await issuer.token({ exp: ago(-86_400) });
      await outcome(known, at);
      await issuer.addKey('second');
      const unknown = await issuer.token({}, {}, 'second');
      issuer.failing = true;
      pass(11 * 60_000);
      for (let i = 0; i < 5; i++) expect(await outcome(known, at)).toMatchObject({ project: 'p1' });
      const wait = expect.stringMatching(/^([1-9]|10)$/);
      for (let i = 0; i < 5; i++) {
        expect(await outcome(unknown, at)).toMatchObject({ code: 'unavailable', headers: { 'retry-after': wait } });
      }
      pass(50 * 60_000);
      expect(await outcome(known, at)).toMatchObject({ code: 'unavailable' });
      issuer.failing = false;
      pass(10_000);
      expect(await outcome(unknown, at)).toMatchObject({ project: 'p1' });
      await at.close();
    });

    it.each([
      ['of another issuer', { issuer: 'http://elsewhere' }],
      ['without an address', { jwks_uri: undefined }],
      ['with an address that is none', { jwks_uri: 'keys' }],
      ['with an address of a file', { jwks_uri: 'file:///etc/passwd' }],
    ])('are not had by a discovery document %s', async (_, says) => {
      issuer.says = says;
      expect(await outcome(issuer.token())).toMatchObject({ code: 'unavailable' });
      expect(issuer.fetches).toBe(0);
      await expect(source.check()).rejects.toThrow();
    });

    it('are had from where the configuration says, without discovery', async () => {
      issuer.says = { issuer: 'http://elsewhere' };
      const at = sourceOn(issuer, {}, { jwksUrl: `${issuer.url}/keys` });
      expect(await outcome(issuer.token(), at)).toMatchObject({ project: 'p1' });
      await at.close();
    });

    it.each([
      ['no JSON', 'nonsense'],
      ['no list', '{"keys":{}}'],
      ['null', 'null'],
      ['endless', `{"keys":[],"x":"${'x'.repeat(2 * 1024 * 1024)}"}`],
    ])('make nobody log in again when they are %s', async (_, text) => {
      issuer.service.answer = ({ url }, res) =>
        url === '/keys'
          ? res.writeHead(200).end(text)
          : res.writeHead(200).end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }));
      expect(await outcome(issuer.token())).toMatchObject({ code: 'unavailable' });
    });

    it('that are too weak to be used are not used', async () => {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
      issuer.published.push({ ...publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256' } as never);
      const input = `${encoded({ alg: 'RS256', kid: 'weak' })}.${encoded(issuer.claims())}`;
      const signature = createSign('sha256').update(input).sign(privateKey, 'base64url');
      expect(await outcome(`${input}.${signature}`)).toBeNull();
    });
  });

  it('logs nothing of a token', async () => {
    const lines: string[] = [];
    const at = sourceOn(issuer, { log: logger('test', 'trace', { write: (line: string) => void lines.push(line) }) });
    const tokens = await Promise.all([
      issuer.token({ exp: ago(60) }),
      issuer.token({ aud: 'x' }),
      issuer.token({ sub: 1 as never }),
    ]);
    for (const token of tokens) await outcome(token, at);
    expect(lines.length).toBeGreaterThan(1);
    for (const part of tokens.flatMap((token) => token.split('.'))) expect(lines.join('')).not.toContain(part);
    expect(lines.join('')).not.toContain('demo');
    await at.close();
  });
});
