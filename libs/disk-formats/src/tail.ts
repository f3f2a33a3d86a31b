/** The last bytes of a stream, at a cost that doesn't depend on the size of its chunks: they are moved once in a while. */
export class Tail {
  readonly #buffer: Buffer;
  #length = 0;

  constructor(private readonly bytes: number) {
    this.#buffer = Buffer.allocUnsafe(16 * bytes);
  }

  take(chunk: Buffer): void {
    const part = chunk.subarray(-this.bytes);
    if (this.#length + part.length > this.#buffer.length) {
      const kept = Math.min(this.#length, this.bytes);
      this.#buffer.copyWithin(0, this.#length - kept, this.#length);
      this.#length = kept;
    }
    this.#length += part.copy(this.#buffer, this.#length);
  }

  last(bytes = this.bytes): Buffer {
    const held = this.#buffer.subarray(0, this.#length);
    return Buffer.from(held.subarray(-Math.min(bytes, this.bytes)));
  }
}
