import { maxBlobBytes, maxParts, stepOf } from './part-plan.js';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
const tebibyte = 1024 ** 4;

/** Bytes that fit, and the most that is held in memory on the way, by what was written until then. */
function wholePlan(expectedSize: number | undefined, until = Infinity) {
  let written = 0;
  let held = 0;
  let part = 0;
  while (written < until) {
    const step = stepOf(part + 1, written, expectedSize);
    if (!step) break;
    part += 1;
    held = Math.max(held, step.size * (step.beside + 1));
    written += step.size;
  }
  return { written, held, parts: part };
}

describe('the sizes of parts', () => {
  it('given a stream of unknown length, then more than 1 TiB fits', () => {
    expect(wholePlan(undefined).written).toBeGreaterThan(1.4 * tebibyte);
    expect(wholePlan(undefined).parts).toBe(maxParts);
  });

  it.each([
    [gibibyte, 24],
    [60 * gibibyte, 128],
    [500 * gibibyte, 128],
    [tebibyte, 256],
  ])('given %d bytes of unknown length, then at most %d MiB are held', (bytes, limit) => {
    expect(wholePlan(undefined, bytes).held).toBeLessThanOrEqual(limit * mebibyte);
  });

  it.each([
    [1, 8],
    [78 * gibibyte, 8],
    [79 * gibibyte, 16],
    [tebibyte, 128],
    [2 * tebibyte, 256],
  ])('given %d expected bytes, then they fit into parts of %d MiB', (bytes, size) => {
    expect(stepOf(1, 0, bytes)!.size).toBe(size * mebibyte);
    expect(wholePlan(bytes, bytes).written).toBeGreaterThanOrEqual(bytes);
  });

  it('given more than was expected, then it goes on as if nothing had been', () => {
    const { written, parts } = wholePlan(10, 100 * gibibyte);
    expect(written).toBeGreaterThanOrEqual(100 * gibibyte);
    expect(parts).toBeLessThan(3_000);
  });

  it('given the last part, then there is no other', () => {
    expect(stepOf(maxParts, 0, undefined)).not.toBeNull();
    expect(stepOf(maxParts + 1, 0, undefined)).toBeNull();
    expect(maxBlobBytes).toBeGreaterThan(2 * tebibyte);
  });
});
