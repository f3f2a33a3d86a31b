// Sizes by the leading bits of their floating-point form (IEEE 754, 64 bits), which sorts as the numbers do: sign and exponent
// alone, an octave; and with three, six and nine more bits, down to a 512th of one. Any range of sizes is made of a few dozen
// classes, all of which are wholly in it but the two at its ends.

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

/** How many leading bits tell the classes of a level apart. */
const levels = [12, 15, 18, 21] as const;
const [coarsest, , , finest] = levels;
const step = 3;
/** Whatever is smaller is as large as this: few images are, and every octave costs. */
const smallest = 2n ** 20n;
const largest = 2n ** 63n - 1n;

const valueOf = (level: number, bits: number): number => ((level - coarsest) / step) * 2 ** finest + bits;

/** The classes of a size, an array of integers. */
export const sizeClassesSql = (size: string): string =>
  `(SELECT ARRAY[${levels.map((level) => `${valueOf(level, 0)} + (v >> ${24 - level})`).join(', ')}]
    FROM (SELECT get_byte(f, 0) << 16 | (get_byte(f, 1) << 8) | get_byte(f, 2)
      FROM float8send(greatest(${size}, ${smallest})::float8) f) c (v))::integer[]`;

/** Every size of the range is in exactly one of them. */
export function classesOf({ min, max }: SizeRange): SizeClass[] {
  const [least, most] = [min === null || min < 0n ? 0n : min, max ?? largest];
  if (most < least) return [];
  const [first, last] = [finestOf(least), finestOf(most)];
  const ends = [...(least > 0n ? [first] : []), ...(max === null ? [] : [last])];
  const classes: SizeClass[] = [...new Set(ends)].map((bits) => ({ value: valueOf(finest, bits), whole: false }));
  const [from, to] = [least > 0n ? first + 1 : first, max === null ? last : last - 1];
  const cover = (level: number, bits: number): void => {
    const width = 2 ** (finest - level);
    const [begin, end] = [bits * width, (bits + 1) * width - 1];
    if (end < from || begin > to) return;
    if (begin >= from && end <= to) return void classes.push({ value: valueOf(level, bits), whole: true });
    for (let nth = 0; nth < 2 ** step; nth += 1) cover(level + step, bits * 2 ** step + nth);
  };
  const octave = (bits: number): number => Math.floor(bits / 2 ** (finest - coarsest));
  for (let bits = octave(from); bits <= octave(to); bits += 1) cover(coarsest, bits);
  return classes;
}

function finestOf(size: bigint): number {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(Number(size < smallest ? smallest : size));
  return bytes.readUIntBE(0, 3) >> (24 - finest);
}
