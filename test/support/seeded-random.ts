/** Repeatable random numbers (mulberry32): the same seed gives the same run. */
export class SeededRandom {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Integer in [low, high]. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)] as T;
  }

  bytes(length: number): Buffer {
    const data = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at += 4) {
      const word = Math.floor(this.next() * 4_294_967_296);
      for (let i = 0; i < 4 && at + i < length; i += 1) data[at + i] = (word >>> (8 * i)) & 0xff;
    }
    return data;
  }
}
