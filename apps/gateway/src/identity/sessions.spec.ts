import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal } from '@cloud-images/contracts';
import { IdentitySigner, IdentityVerifier, unavailable } from '@cloud-images/service-kit';
import type { Bearer } from './port.js';
import { Sessions } from './sessions.js';

const directory = mkdtempSync(join(tmpdir(), 'sessions-'));
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
writeFileSync(join(directory, 'gateway.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
afterAll(() => rmSync(directory, { recursive: true }));

class Clock {
  at = Date.parse('2026-11-24T08:00:00Z');
  readonly now = () => this.at;
  pass(seconds: number): void {
    this.at += seconds * 1_000;
  }
}

describe('sessions', () => {
  let clock: Clock;
  let asked: string[];
  let answer: (token: string) => Bearer | null | Promise<Bearer | null>;
  let sessions: Sessions;

  const demo = (change: Partial<Bearer> = {}): Bearer => ({
    user: 'u1',
    userName: 'demo',
    project: 'p1',
    roles: ['member'],
    source: 'keystone',
    expiresAt: clock.now() + 3_600_000,
    ...change,
  });

  beforeEach(() => {
    clock = new Clock();
    asked = [];
    answer = () => demo();
    sessions = new Sessions({
      source: {
        challenge: '',
        takesAuthorization: false,
        bearer: (token) => {
          asked.push(token);
          return answer(token);
        },
        check: async () => undefined,
        close: async () => undefined,
      },
      signer: new IdentitySigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'gateway', clock.now),
      cacheSeconds: 30,
      now: clock.now,
    });
  });

  const seconds = async (count: number, token = 't') => {
    for (let passed = 0; passed < count; passed++) {
      await sessions.resolve(token);
      clock.pass(1);
    }
  };

  it('carry an identity that inner services believe, also when it had to be signed again', async () => {
    const verifier = new IdentityVerifier(directory, clock.now);
    for (let passed = 0; passed < 200; passed += 5) {
      const session = await sessions.resolve('t');
      expect(verifier.verify(session!.signed)).toMatchObject({ user: 'u1', project: 'p1', roles: ['member'] });
      clock.pass(5);
    }
  });

  it('ask again after the time that a revoked token may pass, and not before', async () => {
    await seconds(30);
    expect(asked).toHaveLength(1);
    answer = () => null;
    expect(await sessions.resolve('t')).toBeNull();
    expect(asked).toHaveLength(2);
  });

  it('count that time from when they asked, not from when they were answered', async () => {
    let reply: (bearer: Bearer) => void = () => undefined;
    answer = () => new Promise<Bearer>((resolve) => (reply = resolve));
    const slow = sessions.resolve('t');
    clock.pass(20);
    reply(demo());
    expect(await slow).not.toBeNull();
    clock.pass(9);
    await sessions.resolve('t');
    expect(asked).toHaveLength(1);
    clock.pass(1);
    answer = () => null;
    expect(await sessions.resolve('t')).toBeNull();
  });

  it('end with the token', async () => {
    answer = () => demo({ expiresAt: clock.now() + 3_000 });
    await sessions.resolve('t');
    clock.pass(2.9);
    await sessions.resolve('t');
    expect(asked).toHaveLength(1);
    clock.pass(0.1);
    answer = () => demo({ expiresAt: clock.now() });
    expect(await sessions.resolve('t')).toBeNull();
    expect(asked).toHaveLength(2);
  });

  it('ask once for all who come with one token at the same time', async () => {
    let reply: (bearer: Bearer) => void = () => undefined;
    answer = () => new Promise<Bearer>((resolve) => (reply = resolve));
    const all = Array.from({ length: 50 }, async () => sessions.resolve('t'));
    reply(demo());
    const found = await Promise.all(all);
    expect(asked).toHaveLength(1);
    expect(new Set(found).size).toBe(1);
  });

  it('remember briefly that a token is not valid, and do not let a flood of them push anyone out', async () => {
    await sessions.resolve('t');
    answer = () => null;
    for (let i = 0; i < 20_000; i++) expect(sessions.resolve(`junk-${i}`)).toBeNull();
    expect(sessions.resolve('junk-19999')).toBeNull();
    expect(asked).toHaveLength(20_001);
    expect(sessions.resolve('t')).not.toBeNull();
    expect(asked).toHaveLength(20_001);
    clock.pass(10);
    expect(sessions.resolve('junk-19999')).toBeNull();
    expect(asked).toHaveLength(20_002);
  });

  it('forget the least recently used of too many', async () => {
    for (let i = 0; i < 10_001; i++) {
      await sessions.resolve(`t-${i}`);
      if (i % 100 === 0) await sessions.resolve('t-0');
    }
    asked = [];
    await sessions.resolve('t-0');
    expect(asked).toEqual([]);
    await sessions.resolve('t-1');
    expect(asked).toEqual(['t-1']);
  });

  it.each([
    ['no project', { project: null }, /not scoped to a project/],
    [
      'more roles than an identity can carry',
      { roles: Array.from({ length: 400 }, (_, i) => `role-${i}-xxxx`) },
      /roles/,
    ],
  ])('given a token with %s, refuse it as forbidden, once asked', async (_, change, message) => {
    answer = async () => demo(change);
    await expect(sessions.resolve('t')).rejects.toThrow(message);
    expect(() => sessions.resolve('t')).toThrow(message);
    expect(asked).toHaveLength(1);
  });

  it('do not remember an outage', async () => {
    answer = async () => Promise.reject(unavailable());
    await expect(sessions.resolve('t')).rejects.toMatchObject({ code: 'unavailable' });
    answer = async () => demo();
    expect(await sessions.resolve('t')).toMatchObject({ identity: { user: 'u1' } });
  });

  it('wait for a bounded number of answers, and refuse more as unavailable', () => {
    answer = () => new Promise(() => undefined);
    for (let i = 0; i < 1_000; i++) void sessions.resolve(`t-${i}`);
    expect(() => sessions.resolve('one more')).toThrow(Refusal);
  });

  it('ask nobody about a token that no source could have made', () => {
    expect(sessions.resolve('')).toBeNull();
    expect(sessions.resolve('x'.repeat(20_000))).toBeNull();
    expect(asked).toEqual([]);
  });

  it('carry any user name as a header can', async () => {
    answer = () => demo({ userName: `J\u00fc\0rgen\ud800${'x'.repeat(1_000)}` });
    const { encodedUserName } = (await sessions.resolve('t'))!;
    expect(encodedUserName).toMatch(/^J%C3%BCrgen%EF%BF%BDx+$/);
    expect(encodedUserName.length).toBeLessThan(300);
  });
});
