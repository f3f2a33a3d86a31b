import { PollPace } from './poll-pace.js';

/** The rests of looks that each bring so many, each made right after the rest before. */
function restsOf(counts: readonly number[]): number[] {
  let now = 0;
  const pace = new PollPace(() => now);
  let rest = 10;
  return counts.map((count) => {
    now += rest;
    return (rest = pace.next(count));
  });
}

describe('the pace of who polls', () => {
  test('given one event now and then, when looked for, then the next look is due in 15 ms at most', () => {
    expect(restsOf([1, 0, 1, 0, 0, 1])).toEqual([15, 10, 15, 10, 10, 15]);
  });

  test('given 200 events a second, when looked for, then the rest is 30 ms, whatever the rest before was', () => {
    expect(restsOf([2, 6, 6])).toEqual([30, 30, 30]);
  });

  test('given any load, when looked for, then no rest is longer than 50 ms', () => {
    expect(restsOf([1_000, 1_000])).toEqual([50, 50]);
  });

  test('given the end of a load, when looked for, then the next event waits 10 ms at most', () => {
    expect(restsOf([1_000, 0, 0])).toEqual([50, 10, 10]);
  });

  test('given nothing for a second, when looked for, then the rests double up to 100 ms', () => {
    const rests = restsOf([0, ...Array<number>(110).fill(0)]);
    expect(rests.slice(0, 95).every((rest) => rest === 10)).toBe(true);
    expect(rests.slice(-6)).toEqual([100, 100, 100, 100, 100, 100]);
  });

  test('given that more is expected, when a look brings nothing, then it is not taken for rest', () => {
    let now = 0;
    const pace = new PollPace(() => now);
    for (; now < 3_000; now += 10) expect(pace.next(0, true)).toBe(10);
  });
});
