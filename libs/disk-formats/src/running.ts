import type { Examination, Ongoing, Seen, Wanted } from './examination.js';
import type { ContentFormat, Finding } from './finding.js';

interface Stretch {
  readonly at: number;
  readonly bytes: Buffer;
  filled: number;
}

const nothing = Buffer.alloc(0);

/**
 * Drives one examination with the content as it comes. A stretch that begins before where the one before it ended has
 * passed, unless it is in the head, which is kept: that depends on the content alone, never on how it was cut into chunks.
 */
export class Running {
  readonly format: ContentFormat | null;
  /** Undefined until the examination has ended; null when the content turned out to be of another format. */
  finding: Finding | null | undefined;
  readonly #rest: Examination;
  #stretch: Stretch | null = null;
  #last: number | null = null;
  #reached: number;

  constructor(
    { format, rest }: Ongoing,
    private readonly head: Buffer,
  ) {
    this.format = format;
    this.#rest = rest;
    this.#reached = head.length;
    this.#step(rest.next());
    this.take(nothing, head.length);
  }

  /** The chunk that begins at `start`, behind the head and whatever came before. */
  take(chunk: Buffer, start: number): void {
    while (this.#stretch) {
      const stretch = this.#stretch;
      const next = stretch.at + stretch.filled;
      const missing = stretch.filled < stretch.bytes.length;
      const source = this.#sourceOf(next, chunk, start);
      if (missing && source === null) return;
      if (missing && source!.length > 0) stretch.filled += source!.copy(stretch.bytes, stretch.filled);
      else this.#end(stretch);
    }
  }

  /** There is no more: `size` bytes came, and `last` gives the end of them. */
  finish(size: number, last: (bytes: number) => Buffer): Finding | null {
    while (this.finding === undefined) {
      if (this.#stretch) this.#end(this.#stretch);
      else this.#answer({ bytes: last(this.#last ?? 0), size });
      this.take(nothing, size);
    }
    return this.finding;
  }

  /** What there is from `next` on; empty when it has passed, null when it has not come yet. */
  #sourceOf(next: number, chunk: Buffer, start: number): Buffer | null {
    if (next < this.head.length) return this.head.subarray(next);
    if (next < this.#reached) return nothing;
    return next < start + chunk.length ? chunk.subarray(next - start) : null;
  }

  #end({ at, bytes, filled }: Stretch): void {
    this.#reached = Math.max(this.#reached, at + filled);
    this.#answer({ bytes: bytes.subarray(0, filled), size: this.#reached });
  }

  #answer(seen: Seen): void {
    this.#stretch = null;
    this.#last = null;
    this.#step(this.#rest.next(seen));
  }

  #step({ done, value }: IteratorResult<Wanted, Finding | null>): void {
    if (done) this.finding = value;
    else if ('last' in value) this.#last = value.last;
    else this.#stretch = { at: value.at, bytes: Buffer.allocUnsafe(value.bytes), filled: 0 };
  }
}
