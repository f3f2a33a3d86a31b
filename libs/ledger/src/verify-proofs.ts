import { emptyRoot, hashNode } from './hash.js';

export interface InclusionClaim {
  readonly leaf: Buffer;
  readonly index: number;
  readonly size: number;
  readonly path: readonly Buffer[];
  readonly root: Buffer;
}

const half = (count: number): number => Math.floor(count / 2);
const isOdd = (count: number): boolean => count % 2 === 1;

/** RFC 9162, 2.1.3.2. */
export function verifyInclusion({ leaf, index, size, path, root }: InclusionClaim): boolean {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      hash = hashNode(sibling, hash);
      while (!isOdd(node) && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else hash = hashNode(hash, sibling);
    node = half(node);
    last = half(last);
  }
  return last === 0 && hash.equals(root);
}

export interface ConsistencyClaim {
  readonly first: number;
  readonly firstRoot: Buffer;
  readonly second: number;
  readonly secondRoot: Buffer;
  readonly path: readonly Buffer[];
}

/** RFC 9162, 2.1.4.2; nothing is consistent with everything. */
export function verifyConsistency({ first, firstRoot, second, secondRoot, path }: ConsistencyClaim): boolean {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 0 || first > second) return false;
  if (first === second) return path.length === 0 && firstRoot.equals(secondRoot);
  if (first === 0) return path.length === 0 && firstRoot.equals(emptyRoot());
  const hashes = Number.isInteger(Math.log2(first)) ? [firstRoot, ...path] : [...path];
  const seed = hashes.shift();
  if (seed === undefined) return false;
  let node = first - 1;
  let last = second - 1;
  while (isOdd(node)) {
    node = half(node);
    last = half(last);
  }
  let older = seed;
  let newer = seed;
  for (const sibling of hashes) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      older = hashNode(sibling, older);
      newer = hashNode(sibling, newer);
      while (!isOdd(node) && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else newer = hashNode(newer, sibling);
    node = half(node);
    last = half(last);
  }
  return last === 0 && older.equals(firstRoot) && newer.equals(secondRoot);
}
