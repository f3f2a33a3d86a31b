import { classesOf, type SizeRange } from './size-classes.js';

const classesOfSize = (size: bigint): number[] => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(Math.max(Number(size), 2 ** 20));
  return [12n, 15n, 18n, 21n].map((bits, nth) => nth * 2 ** 21 + Number(bytes.readBigUInt64BE() >> (64n - bits)));
};
const found = (range: SizeRange, size: bigint) => {
  const its = classesOfSize(size);
  return classesOf(range).filter(({ value }) => its.includes(value));
};

describe('the classes of a range of sizes', () => {
  const interesting = [
    0n,
    1n,
    2n,
    2n ** 20n - 1n,
    2n ** 20n,
    2n ** 20n + 1n,
    2n ** 21n,
    10n ** 9n,
    2n ** 31n - 1n,
    2n ** 31n,
    5n * 2n ** 30n,
  ]
    .concat([2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n - 1n])
    .concat(Array.from({ length: 8 }, () => BigInt(Math.floor(2 ** (Math.random() * 45)))));

  it('have each size of it in exactly one, and others only in those at its ends', () => {
    for (const a of interesting) {
      for (const b of interesting) {
        const range = { min: a, max: b };
        const wrong = interesting.filter((size) => {
          const [one, ...more] = found(range, size);
          return more.length > 0 || (size >= a && size <= b ? one === undefined : one?.whole === true);
        });
        expect(wrong).toEqual([]);
      }
    }
  });

  it('go to the end where there is no bound', () => {
    for (const size of interesting) {
      expect(found({ min: null, max: null }, size)).toEqual([expect.objectContaining({ whole: true })]);
      expect(found({ min: size, max: null }, 2n ** 63n - 1n)).toHaveLength(1);
      expect(found({ min: null, max: size }, 0n)).toHaveLength(1);
    }
  });

  it('are none when nothing is in it, and few whatever is', () => {
    expect(classesOf({ min: 5n, max: 4n })).toEqual([]);
    expect(classesOf({ min: 7n, max: 7n })).toHaveLength(1);
    for (const min of interesting) {
      for (const max of [...interesting, null]) expect(classesOf({ min, max }).length).toBeLessThan(130);
    }
  });
});
