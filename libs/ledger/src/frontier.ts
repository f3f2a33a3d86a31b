import { foldPeaks, hashNode } from './hash.js';
import { subtreesOf } from './subtrees.js';

interface Peak {
  readonly level: number;
  readonly hash: Buffer;
}

/** Told of every perfect subtree when its last leaf comes. */
export type OnSubtree = (level: number, index: number, hash: Buffer) => void;

/** The right edge of a tree that grows: as many hashes as its size has bits, from which the root follows at any time. */
export class Frontier {
  private constructor(
    private readonly peaks: Peak[],
    private count: number,
  ) {}

  static empty(): Frontier {
    return new Frontier([], 0);
  }

  /** A tree of `size` leaves, by the hashes of `subtreesOf({ start: 0, end: size })`. Throws when their number is not right. */
  static of(size: number, hashes: readonly Buffer[]): Frontier {
    const places = subtreesOf({ start: 0, end: size });
    if (places.length !== hashes.length) throw new RangeError(`${size} leaves have ${places.length} peaks`);
    return new Frontier(
      places.map(({ level }, at) => ({ level, hash: hashes[at] as Buffer })),
      size,
    );
  }

  get size(): number {
    return this.count;
  }

  append(leaf: Buffer, onSubtree?: OnSubtree): void {
    this.appendSubtree(0, leaf, onSubtree);
  }

  /** A perfect subtree as it stands to the right of what is there; throws where none of its size can begin. */
  appendSubtree(level: number, hash: Buffer, onSubtree?: OnSubtree): void {
    const leaves = 2 ** level;
    if (this.count % leaves !== 0) throw new RangeError(`no subtree of level ${level} begins at ${this.count}`);
    this.count += leaves;
    let peak: Peak = { level, hash };
    for (let left = this.peaks.at(-1); left?.level === peak.level; left = this.peaks.at(-1)) {
      this.peaks.pop();
      peak = { level: peak.level + 1, hash: hashNode(left.hash, peak.hash) };
      onSubtree?.(peak.level, this.count / 2 ** peak.level - 1, peak.hash);
    }
    this.peaks.push(peak);
  }

  root(): Buffer {
    return foldPeaks(this.hashes());
  }

  hashes(): Buffer[] {
    return this.peaks.map(({ hash }) => hash);
  }

  copy(): Frontier {
    return new Frontier([...this.peaks], this.count);
  }
}
