import type { Readable } from 'node:stream';
import { spentBuffer } from '@cloud-images/blobs';

/** Bytes held for a writer that is behind; with a batch of its own on the way to the disk, all that one stream holds. */
const enough = 1024 * 1024;
/** A client that sends bytes one by one must not make us hold a million buffers. */
const many = 256;

/**
 * Hands out the chunks of a stream as they came, uncopied, which can fail, end early, or be given up from outside at any
 * moment. It never destroys the stream: after a refusal the caller still has an answer to send over the same socket.
 */
export class SourceReader {
  #chunks: Buffer[] = [];
  #held = 0;
  #failure: { readonly error: Error } | null = null;
  #ended: boolean;
  #wake: () => void = () => undefined;
  readonly #listeners = {
    data: (chunk: Buffer) => this.#take(chunk),
    end: () => this.#end(),
    error: (error: Error) => this.fail(error),
    close: () => this.#closed(),
  };

  constructor(private readonly source: Readable) {
    this.#ended = source.readableEnded;
    for (const [event, listener] of Object.entries(this.#listeners)) source.on(event, listener);
    if (source.errored) this.fail(source.errored);
    else if (source.destroyed) this.#closed();
  }

  /** The next chunk, or null at the end. */
  async next(): Promise<Buffer | null> {
    for (;;) {
      if (this.#failure) throw this.#failure.error;
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#held -= chunk.length;
        return chunk;
      }
      if (this.#ended) return null;
      this.source.resume();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Makes the present or the next `next` throw; the first failure stands. */
  fail(error: Error): void {
    this.#failure ??= { error };
    this.#wake();
  }

  release(): void {
    this.source.pause();
    for (const [event, listener] of Object.entries(this.#listeners)) this.source.off(event, listener);
    this.#chunks = [];
    // A destroyed request may report its error only now.
    if (!this.source.readableEnded) this.source.on('error', () => undefined);
  }

  #take(chunk: Buffer): void {
    spentBuffer(chunk);
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held >= enough || this.#chunks.length >= many) this.source.pause();
    this.#wake();
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }

  #closed(): void {
    if (!this.#ended) this.fail(new Error('the stream closed before its end'));
  }
}
