// Sizes by the leading bits of their floating-point form (IEEE 754, 64 bits), which sorts as the numbers do: sign and exponent
// alone, an octave; and with four and eight more bits, a 16th and a 256th of one. Any range of sizes is made of a few dozen
// classes, all of which are wholly in it but the two at its ends.

/** How many leading bits tell the classes of a level apart. */
export const sizeLevels = [12, 16, 20] as const;
export type SizeLevel = (typeof sizeLevels)[number];

export interface SizeClass {
  readonly level: SizeLevel;
  readonly value: number;
  /** False: sizes beyond the range are in it too. */
  readonly whole: boolean;
}

/** bytes, both inclusive; null: no bound. */
export interface SizeRange {
  readonly min: bigint | null;
  readonly max: bigint | null;
}

/** The class of `size` as an index of `images` has it. */
export const sizeClassSql: Readonly<Record<SizeLevel, string>> = {
  12: '((get_byte(float8send(size::float8), 0) << 4) | (get_byte(float8send(size::float8), 1) >> 4))',
  16: '((get_byte(float8send(size::float8), 0) << 8) | get_byte(float8send(size::float8), 1))',
  20:
    '((get_byte(float8send(size::float8), 0) << 12) | (get_byte(float8send(size::float8), 1) << 4) | ' +
    '(get_byte(float8send(size::float8), 2) >> 4))',
};

const finest = 20;
const largest = 2n ** 63n - 1n;
/** Between 0 and 1 there are some, but no sizes. */
const octaveOfOne = classOf(1n) >> 8;

/** Every size of the range is in exactly one of them. */
export function classesOf({ min, max }: SizeRange): SizeClass[] {
  const [least, most] = [min === null || min < 0n ? 0n : min, max ?? largest];
  if (most < least) return [];
  const [first, last] = [classOf(least), classOf(most)];
  const ends = [...(least > 0n ? [first] : []), ...(max === null ? [] : [last])];
  const classes: SizeClass[] = [...new Set(ends)].map((value) => ({ level: finest, value, whole: false }));
  const [from, to] = [least > 0n ? first + 1 : first, max === null ? last : last - 1];
  const cover = (level: SizeLevel, value: number): void => {
    const [begin, end] = [value * 2 ** (finest - level), (value + 1) * 2 ** (finest - level) - 1];
    if (end < from || begin > to) return;
    if (begin >= from && end <= to) return void classes.push({ level, value, whole: true });
    for (let nth = 0; nth < 16; nth += 1) cover((level + 4) as SizeLevel, value * 16 + nth);
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
