import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ServiceUnavailable } from '@cloud-images/service-kit';

/** Part of a stream on its way out, counted and hashed as it passes. */
export interface Piece {
  readonly bytes: AsyncIterable<Buffer>;
  /** Bytes that have passed. */
  readonly size: () => number;
  /** Hex, of all that has passed, once it has. */
  readonly md5: () => string;
  /** Whether the last byte has passed. */
  readonly whole: () => boolean;
}

/** A stream in pieces of at most so many bytes each, one after the other. */
export class Pieces {
  /** Why the stream ended early. */
  failure: Error | null = null;
  private readonly chunks: AsyncIterator<Buffer>;
  private held: Buffer | null = null;
  private ended = false;

  /** `patienceMs`: how long the receiver may let a chunk wait. */
  constructor(
    source: Readable,
    private readonly patienceMs: number,
  ) {
    this.chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    source.once('error', (error) => (this.failure ??= error));
  }

  async atEnd(): Promise<boolean> {
    if (this.held === null && !this.ended) await this.pull();
    return this.held === null;
  }

  next(limit: number, stalled: (error: Error) => void): Piece {
    const md5 = createHash('md5');
    let size = 0;
    let whole = false;
    let digest: string | undefined;
    const pass = async function* (this: Pieces): AsyncGenerator<Buffer> {
      while (size < limit && !(await this.atEnd())) {
        const chunk = this.held!.subarray(0, limit - size);
        this.held = chunk.length < this.held!.length ? this.held!.subarray(chunk.length) : null;
        size += chunk.length;
        md5.update(chunk);
        const timer = setTimeout(() => stalled(new ServiceUnavailable('Swift takes no more data')), this.patienceMs);
        try {
          yield chunk;
        } finally {
          clearTimeout(timer);
        }
      }
      whole = true;
    };
    return {
      bytes: pass.call(this),
      size: () => size,
      md5: () => (digest ??= md5.digest('hex')),
      whole: () => whole,
    };
  }

  private async pull(): Promise<void> {
    try {
      const { done, value } = await this.chunks.next();
      if (done === true) this.ended = true;
      else this.held = value;
    } catch (error) {
      this.ended = true;
      this.failure ??= error as Error;
      throw error;
    }
  }
}
