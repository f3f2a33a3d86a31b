import { hash } from 'node:crypto';

/** RFC 6962, 2.1: the prefixes keep a leaf from ever being taken for a node. */
const LEAF = 0x00;
const NODE = 0x01;
const BYTES = 32;

/** SHA-256 over 0x00 and the bytes of an entry. */
export function hashLeaf(entry: string): Buffer {
  const length = Buffer.byteLength(entry);
  const bytes = Buffer.allocUnsafe(1 + length);
  bytes[0] = LEAF;
  bytes.write(entry, 1, length, 'utf8');
  return hash('sha256', bytes, 'buffer');
}

/** SHA-256 over 0x01, the left and the right child. */
export function hashNode(left: Buffer, right: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(1 + 2 * BYTES);
  bytes[0] = NODE;
  left.copy(bytes, 1);
  right.copy(bytes, 1 + BYTES);
  return hash('sha256', bytes, 'buffer');
}

/** The root of a tree without leaves. */
export const emptyRoot = (): Buffer => hash('sha256', '', 'buffer');

/** What `peaks`, perfect subtrees from left to right, amount to: the hash of the tree, or part of one, that they are. */
export function foldPeaks(peaks: readonly Buffer[]): Buffer {
  const [last, ...before] = peaks.toReversed();
  if (last === undefined) return emptyRoot();
  return before.reduce((right, left) => hashNode(left, right), last);
}
