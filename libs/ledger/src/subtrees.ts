/** Leaves from `start` up to and without `end`. */
export interface Leaves {
  readonly start: number;
  readonly end: number;
}

/** The perfect subtree over the leaves from `index * 2^level`, `2^level` of them. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** The perfect subtrees that leaves fall into, from left to right, each as large as its place allows. */
export function subtreesOf({ start, end }: Leaves): Subtree[] {
  const found: Subtree[] = [];
  for (let at = start; at < end;) {
    let level = 0;
    let size = 1;
    while (at % (size * 2) === 0 && at + size * 2 <= end) {
      level += 1;
      size *= 2;
    }
    found.push({ level, index: at / size });
    at += size;
  }
  return found;
}

/** The largest power of two below `count` (≥ 2): where RFC 6962 splits a tree. */
export function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}
