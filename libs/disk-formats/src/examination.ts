import type { ContentFormat, Finding } from './finding.js';

/** A stretch of the content that an examiner needs: from a place on, or the very last bytes. */
export type Wanted = { readonly at: number; readonly bytes: number } | { readonly last: number };

/** The stretch: shorter than wanted when the content ends before, or when its place had passed before it was known. */
export interface Seen {
  readonly bytes: Buffer;
  /** Bytes of the content so far; all of them once the last ones were asked for. */
  readonly size: number;
}

/**
 * An examination that needs more than the first bytes: yields what it wants next and is sent what there was. It asks a
 * fixed number of times, each time for a bounded stretch, so that its memory and its work don't grow with the content.
 */
export type Examination = Generator<Wanted, Finding | null, Seen>;

export interface Ongoing {
  /** Null as long as it is not certain that the content is of the format at all. */
  readonly format: ContentFormat | null;
  readonly rest: Examination;
}

/** Looks at the first `headBytes` of the content, or all of it when it is shorter. Null: not of this format. */
export type Examiner = (head: Buffer) => Finding | Ongoing | null;

/** Room for the volume descriptors of an ISO 9660 or UDF file system, which begin at 32 KiB. */
export const headBytes = 70 * 1024;

export const isOngoing = (one: Finding | Ongoing): one is Ongoing => 'rest' in one;
