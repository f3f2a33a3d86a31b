import { foldPeaks } from './hash.js';
import { splitOf, subtreesOf, type Leaves, type Subtree } from './subtrees.js';

/** Hashes of perfect subtrees, in the order in which they were asked for. */
export type ReadSubtrees = (places: readonly Subtree[]) => Promise<readonly Buffer[]>;

/** RFC 6962, 2.1.1: what, beside the leaf, leads to the root of `size` leaves, from the leaf upwards. */
export function inclusionPath(index: number, size: number): Leaves[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`${size} leaves have no leaf ${index}`);
  const path: Leaves[] = [];
  for (let start = 0, end = size; end - start > 1;) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  return path.reverse();
}

/** RFC 6962, 2.1.2: what shows that the tree of `second` leaves begins with the tree of `first`. */
export function consistencyPath(first: number, second: number): Leaves[] {
  if (!(first >= 0 && first <= second)) throw new RangeError(`a tree of ${second} leaves never had ${first}`);
  if (first === 0 || first === second) return [];
  const path: Leaves[] = [];
  let start = 0;
  let end = second;
  // True as long as the older tree is known by itself.
  let whole = true;
  while (first < end) {
    const middle = start + splitOf(end - start);
    if (first <= middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
      whole = false;
    }
  }
  if (!whole) path.push({ start, end });
  return path.reverse();
}

/** The hashes of a path, read in one go. */
export async function prove(path: readonly Leaves[], read: ReadSubtrees): Promise<Buffer[]> {
  const parts = path.map(subtreesOf);
  const hashes = await read(parts.flat());
  let at = 0;
  return parts.map((part) => foldPeaks(hashes.slice(at, (at += part.length))));
}
