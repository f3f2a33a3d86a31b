import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from '@cloud-images/contracts';

/** Inclusive byte offsets. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const one = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i;
const several = /^bytes=.*,/i;
/** Old clients ask with the answer's header. */
const contentRange = /^bytes\s+(\d+)-(\d+)\/(?:\*|\d+)$/i;

/**
 * The part of an image of `size` bytes that a request wants, or null for the whole. Throws `Refusal`: `invalid-range`
 * for several ranges, `range-not-satisfiable` for everything that is no range of this image (RFC 9110, 14.2).
 */
export function wantedRange(headers: IncomingHttpHeaders, size: number, etag: string): ByteRange | null {
  const { range, 'content-range': legacy, 'if-range': condition } = headers;
  if (range === undefined) return legacy === undefined ? null : fromContentRange(legacy, size);
  // The client has a part of other data: it gets the whole anew.
  if (condition !== undefined && condition !== etag) return null;
  if (several.test(range)) throw new Refusal('invalid-range', 'Only one range can be asked for at a time.');
  const [matched, from = '', to = ''] = one.exec(range) ?? [];
  if (matched === undefined) throw unsatisfiable(size);
  if (from === '') return suffix(to, size);
  return clipped(Number(from), to === '' ? Infinity : Number(to), size);
}

function fromContentRange(text: string, size: number): ByteRange {
  const [, from, to] = contentRange.exec(text) ?? [];
  if (from === undefined || to === undefined) throw unsatisfiable(size);
  return clipped(Number(from), Number(to), size);
}

function suffix(length: string, size: number): ByteRange {
  if (length === '' || Number(length) === 0) throw unsatisfiable(size);
  return clipped(Math.max(0, size - Number(length)), Infinity, size);
}

function clipped(start: number, end: number, size: number): ByteRange {
  if (start >= size || start > end) throw unsatisfiable(size);
  return { start, end: Math.min(end, size - 1) };
}

const unsatisfiable = (size: number): Refusal =>
  new Refusal('range-not-satisfiable', 'The image has no such range.', { 'content-range': `bytes */${size}` });
