const mebibyte = 1024 * 1024;

/** S3's own limit. */
export const maxParts = 10_000;

interface Step {
  /** Parts of a stream of unknown length up to this one have this size. */
  readonly upToPart: number;
  /** bytes */
  readonly size: number;
  /** Parts of one stream on their way at once, beside the one that is being filled; 0: nothing is filled meanwhile. */
  readonly beside: number;
}

/** 1.5 TiB in all; the first 60 GiB never hold more than 128 MiB of a stream in memory. */
export const steps: readonly Step[] = [
  { upToPart: 512, size: 8 * mebibyte, beside: 2 },
  { upToPart: 1_024, size: 16 * mebibyte, beside: 2 },
  { upToPart: 1_536, size: 32 * mebibyte, beside: 2 },
  { upToPart: 2_048, size: 64 * mebibyte, beside: 1 },
  { upToPart: 6_000, size: 128 * mebibyte, beside: 0 },
  { upToPart: maxParts, size: 256 * mebibyte, beside: 0 },
];

/** What a stream can have at most, when its length is known at the beginning; bytes. */
export const maxBlobBytes = steps.at(-1)!.size * maxParts;

/**
 * How large part number `part` (from 1) is: as small as the rest of the expected size allows, and as the table says once
 * nothing is expected any more. Null when there can't be another part.
 */
export function stepOf(part: number, written: number, expectedSize: number | undefined): Step | null {
  if (part > maxParts) return null;
  const rest = (expectedSize ?? 0) - written;
  const fits = (step: Step) => (rest > 0 ? step.size * (maxParts - part + 1) >= rest : part <= step.upToPart);
  return steps.find(fits) ?? steps.at(-1)!;
}
