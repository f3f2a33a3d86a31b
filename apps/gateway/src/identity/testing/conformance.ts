// What every source of identity promises; each runs this suite against what it stands on.
import { Refusal } from '@cloud-images/contracts';
import type { Bearer, IdentitySource } from '../port.js';

export interface SourceUnderTest {
  readonly source: IdentitySource;
  /**
   * A token of `demo` (member) or `admin` for a project of that name, of `demo` without a project, one that has ended,
   * or one that another source made.
   */
  token(kind: 'demo' | 'admin' | 'no-project' | 'ended' | 'foreign'): Promise<string>;
  /** From now on nothing answers that the source would have to ask; left out where it asks nobody. */
  goDown?(): Promise<void>;
  close(): Promise<void>;
}

/** The first to run pays for what is loaded and made once. */
const patienceMs = 30_000;

const nonsense: readonly (readonly [string, string])[] = [
  ['a word', 'nonsense'],
  ['a blank', ' '],
  ['dots', '..'],
  ['three empty parts', 'e30.e30.e30'],
  ['a line break', 'a\r\nX-Roles: admin'],
  ['bytes beyond ASCII', 'tök\u00ffen'],
  ['a path', '../../v3/auth/tokens'],
  ['a null', 'a\0b'],
  ['very much', 'x'.repeat(16_000)],
];

export function identitySourceConformance(name: string, open: () => Promise<SourceUnderTest>): void {
  describe(`${name} keeps the promises of a source of identity`, () => {
    let subject: SourceUnderTest;
    beforeEach(async () => (subject = await open()), patienceMs);
    afterEach(() => subject.close());

    const bearer = async (token: string): Promise<Bearer | null> => subject.source.bearer(token);
    const refusal = async (token: string): Promise<unknown> => bearer(token).catch((error: unknown) => error);

    it(
      'knows who bears a token: user, project, roles with those they imply, and when it ends',
      async () => {
        const demo = await bearer(await subject.token('demo'));
        expect(demo).toMatchObject({ user: expect.any(String), project: expect.any(String) });
        expect(demo!.userName).toBe('demo');
        expect(demo!.roles).toEqual(expect.arrayContaining(['member', 'reader']));
        expect(demo!.roles).not.toContain('admin');
        expect(demo!.expiresAt).toBeGreaterThan(Date.now());
        const admin = await bearer(await subject.token('admin'));
        expect(admin!.roles).toEqual(expect.arrayContaining(['admin', 'member', 'reader']));
        expect(admin!.user).not.toBe(demo!.user);
        expect(admin!.project).not.toBe(demo!.project);
      },
      patienceMs,
    );

    it('says the same of a person whatever the token', async () => {
      const [one, other] = [await bearer(await subject.token('demo')), await bearer(await subject.token('demo'))];
      expect([one!.user, one!.project, one!.source]).toEqual([other!.user, other!.project, other!.source]);
    });

    it('says of a token without a project that it has none, or refuses it as forbidden', async () => {
      const answer = await refusal(await subject.token('no-project'));
      if (answer instanceof Refusal) expect(answer.code).toBe('forbidden');
      else expect(answer).toMatchObject({ project: null, roles: [] });
    });

    it.each(['ended', 'foreign'] as const)('knows no bearer of a token that is %s', async (kind) => {
      expect(await bearer(await subject.token(kind))).toBeNull();
    });

    it('knows no bearer of a token that was changed in any place', async () => {
      const token = await subject.token('demo');
      // Not the last: not every bit of it counts.
      for (let at = 0; at < token.length - 1; at += 13) {
        const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
        expect(await bearer(changed)).toBeNull();
      }
    });

    it.each(nonsense)('knows no bearer of %s', async (_, token) => {
      expect(await bearer(token)).toBeNull();
    });

    it('can check tokens, and says where to get one', async () => {
      await expect(subject.source.check()).resolves.toBeUndefined();
      expect(subject.source.challenge).toMatch(/^(Keystone uri|Bearer realm)="[^"]+"/);
    });

    it('when nobody can say, refuses as unavailable for a while and never as unauthorized', async () => {
      if (!subject.goDown) return;
      const token = await subject.token('demo');
      await subject.goDown();
      for (let asked = 0; asked < 5; asked++) {
        const answer = await refusal(token);
        expect(answer).toMatchObject({
          code: 'unavailable',
          headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
        });
      }
      await expect(subject.source.check()).rejects.toThrow();
    });
  });
}
