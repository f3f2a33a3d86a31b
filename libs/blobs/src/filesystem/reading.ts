import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { BlobNotFound, type BlobStream } from '../port.js';
import { translated } from './translate.js';

/** Reads of this size serve about twice as fast as the 64 KiB a file stream uses by itself. */
const readBytes = 1024 * 1024;
/** One is being sent while another is filled. */
const maxFree = 2;

/** Opens before it returns, so that a missing blob is known before the first header of an answer is sent. */
export async function openBlob(
  path: string,
  range?: { readonly start: number; readonly end: number },
): Promise<BlobStream> {
  const file = await open(path, 'r');
  try {
    const found = await file.stat();
    const start = range?.start ?? 0;
    const end = range?.end ?? found.size - 1;
    const within = start >= 0 && start <= end + 1 && end < found.size;
    if (!found.isFile() || !within) throw new BlobNotFound('not a part of this blob');
    return new FileBlobStream(file, start, end + 1);
  } catch (error) {
    await file.close();
    throw error;
  }
}

class FileBlobStream extends Readable implements BlobStream {
  readonly #free: Buffer[] = [];
  #reading: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly file: FileHandle,
    private at: number,
    private readonly until: number,
  ) {
    super({ highWaterMark: readBytes });
  }

  override _read(): void {
    const length = Math.min(readBytes, this.until - this.at);
    if (length === 0) {
      this.push(null);
      return;
    }
    const buffer = this.#buffer(length);
    this.#reading = this.file.read(buffer, 0, length, this.at).then(
      ({ bytesRead }) => {
        if (bytesRead === 0) return void this.destroy(new BlobNotFound('this blob became shorter'));
        this.at += bytesRead;
        this.push(bytesRead === length ? buffer : buffer.subarray(0, bytesRead));
      },
      (error: unknown) => void this.destroy(translated(error)),
    );
  }

  recycle(chunk: Buffer): void {
    if (chunk.length === readBytes && this.#free.length < maxFree) this.#free.push(chunk);
  }

  #buffer(length: number): Buffer {
    return (length === readBytes ? this.#free.pop() : undefined) ?? Buffer.allocUnsafeSlow(length);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // The descriptor's number may be another file's as soon as it is closed: a read under way ends first.
    void this.#reading
      .then(() => this.file.close())
      .then(
        () => done(error),
        (closing: unknown) => done(error ?? translated(closing)),
      );
  }
}
