// Sizes by the leading bits of their floating-point form (IEEE 754, 64 bits), which sorts as the numbers do: sign and exponent
// alone, an octave; and with four and eight more bits, a 16th and a 256th of one. Any range of sizes is made of a few dozen
// classes, all of which are wholly in it but the two at its ends.

/** How many leading bits tell the classes of a level apart. */
const sizeLevels = [12, 16, 20] as const;
type SizeLevel = (typeof sizeLevels)[number];
const finest = 20;

export interface SizeClass {
  /** As `sizeClassesSql` has it: no two levels have a class in common. */
  readonly value: number;
  /** False: sizes beyond the range are in it too. */
  readonly whole: boolean;
}

/** bytes, both inclusive; null: no bound. */
export interface SizeRange {
  readonly min: bigint | null;
  readonly max: bigint | null;
}

const valueOf = (level: SizeLevel, bits: number): number => sizeLevels.indexOf(level) * 2 ** finest + bits;

/** The classes of a size, an array of integers; null for null. */
export const sizeClassesSql = (size: string): string => {
  const byte = (nth: number) => `get_byte(float8send(${size}::float8), ${nth})`;
  return `ARRAY[
      (${byte(0)} << 4) | (${byte(1)} >> 4),
      ${valueOf(16, 0)} + ((${byte(0)} << 8) | ${byte(1)}),
      ${valueOf(20, 0)} + ((${byte(0)} << 12) | (${byte(1)} << 4) | (${byte(2)} >> 4))]`;
};

const largest = 2n ** 63n - 1n;
/** Between 0 and 1 there are some, but no sizes. */
const octaveOfOne = classOf(1n) >> 8;

/** Every size of the range is in exactly one of them. */
export function classesOf({ min, max }: SizeRange): SizeClass[] {
  const [least, most] = [min === null || min < 0n ? 0n : min, max ?? largest];
  if (most < least) return [];
  const [first, last] = [classOf(least), classOf(most)];
  const ends = [...(least > 0n ? [first] : []), ...(max === null ? [] : [last])];
  const classes: SizeClass[] = [...new Set(ends)].map((bits) => ({ value: valueOf(finest, bits), whole: false }));
  const [from, to] = [least > 0n ? first + 1 : first, max === null ? last : last - 1];
  const cover = (level: SizeLevel, bits: number): void => {
    const [begin, end] = [bits * 2 ** (finest - level), (bits + 1) * 2 ** (finest - level) - 1];
    if (end < from || begin > to) return;
    if (begin >= from && end <= to) return void classes.push({ value: valueOf(level, bits), whole: true });
    for (let nth = 0; nth < 16; nth += 1) cover((level + 4) as SizeLevel, bits * 16 + nth);
  };
  for (let octave = from >> 8; octave <= to >> 8; octave = Math.max(octave + 1, octaveOfOne)) cover(12, octave);
  return classes;
}

/** Of the finest level. */
function classOf(size: bigint): number {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(Number(size));
  return bytes.readUIntBE(0, 3) >> 4;
}
