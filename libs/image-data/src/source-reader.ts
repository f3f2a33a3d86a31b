import type { Readable } from 'node:stream';

/**
 * Pulls chunks from a stream that can fail, end early, or be given up from outside at any moment. It never destroys the
 * stream: after a refusal the caller still has an answer to send over the same socket.
 */
export class SourceReader {
  #failure: { readonly error: Error } | null = null;
  #ended: boolean;
  #wake: () => void = () => undefined;
  readonly #listeners = {
    readable: () => this.#wake(),
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
      const chunk: Buffer | null = this.source.read();
      if (chunk) return chunk;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Makes the present or the next `next` throw; the first failure stands. */
  fail(error: Error): void {
    this.#failure ??= { error };
    this.#wake();
  }

  release(): void {
    for (const [event, listener] of Object.entries(this.#listeners)) this.source.off(event, listener);
    // A destroyed request may report its error only now.
    if (!this.source.readableEnded) this.source.on('error', () => undefined);
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }

  #closed(): void {
    if (!this.#ended) this.fail(new Error('the stream closed before its end'));
  }
}
