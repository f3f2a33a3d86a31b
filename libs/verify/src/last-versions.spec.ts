import { LastVersions } from './last-versions.js';

describe('the last versions of streams', () => {
  it('given events from the first on, then a stream that is not there had none', () => {
    const versions = new LastVersions(true);
    versions.note('image-1', 1);
    versions.note('image-1', 2);
    expect([versions.of('image-1'), versions.of('image-2')]).toEqual([2, 0]);
  });

  it('given events from a later one on, then nothing is said of a stream that is not there', () => {
    expect(new LastVersions(false).of('image-1')).toBeNull();
  });

  it('given more streams than it remembers, then those that were silent are unknown, and the others are known', () => {
    const versions = new LastVersions(true, 10);
    for (let nth = 0; nth < 100; nth += 1) {
      versions.note('image-busy', nth + 1);
      versions.note(`image-${nth}`, 1);
      expect([versions.of('image-busy'), versions.of(`image-${nth}`)]).toEqual([nth + 1, 1]);
    }
    expect([versions.of('image-0'), versions.of('image-new')]).toEqual([null, null]);
    expect(versions.of('image-91')).toBe(1);
  });
});
