import { Forgotten } from './forgotten.js';

describe('who was forgotten lately', () => {
  it('covers what began before, not what began since, and nobody else', () => {
    let now = 100;
    const forgotten = new Forgotten({ now: () => now });
    forgotten.add('ann');
    expect([forgotten.covers('ann', 99), forgotten.covers('ann', 101), forgotten.covers('bob', 99)]).toEqual([
      true,
      false,
      false,
    ]);
    now = 200;
    forgotten.add('ann');
    expect(forgotten.covers('ann', 150)).toBe(true);
  });

  it('keeps no more than so many, and no longer than so long', () => {
    let now = 0;
    const forgotten = new Forgotten({ keptMs: 1_000, most: 2, now: () => now });
    const kept = () => ['ann', 'bob', 'eve'].filter((user) => forgotten.covers(user, -1));
    for (const user of ['ann', 'bob', 'ann', 'eve']) forgotten.add(user);
    expect(kept()).toEqual(['ann', 'eve']);
    now = 1_000;
    forgotten.add('bob');
    expect(kept()).toEqual(['bob']);
  });
});
