import type { CallerContext } from './caller.js';
import { repeatable } from './repeatable.js';

const caller = (project: string, user: string) => ({ identity: { project, user } }) as CallerContext;

describe('a request that may be repeated', () => {
  it('is none without a key', () => {
    expect(repeatable(undefined, caller('p', 'u'), 'POST')).toBeNull();
  });

  it('is the same for the same user, project, key and words, and no other', () => {
    const one = repeatable('k', caller('p', 'u'), 'POST', { a: 1 });
    expect(repeatable('k', caller('p', 'u'), 'POST', { a: 1 })).toEqual(one);
    expect(repeatable('k', caller('p', 'u'), 'POST', { a: 2 })?.fingerprint).not.toBe(one?.fingerprint);
    expect(repeatable('k', caller('p', 'v'), 'POST', { a: 1 })?.scope).not.toBe(one?.scope);
    expect(repeatable('k', caller('p","u', ''), 'POST', { a: 1 })?.scope).not.toBe(one?.scope);
  });

  it.each(['', ' ', 'x'.repeat(256), 'é', 'a b'])('refuses %j as a key', (key) => {
    expect(() => repeatable(key, caller('p', 'u'))).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });
});
