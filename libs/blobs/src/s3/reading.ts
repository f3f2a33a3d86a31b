import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { BlobNotFound, BlobStoreUnavailable, type BlobStream } from '../port.js';
import { spentBuffer } from '../spent-buffers.js';
import type { S3Connection } from './connection.js';
import { failureOfAnswer, S3Failure, translated } from './failure.js';

const chunkBytes = 1024 * 1024;
/** One is being sent while another is filled. */
const maxFree = 2;
const maxErrorBytes = 64 * 1024;

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Resolves when the answer has begun, so that a missing blob is known before the first header of an answer of ours is sent.
 * Throws an `S3Failure`, or `BlobNotFound` for a range that is not wholly there.
 */
export function openS3Blob(on: S3Connection, key: string, range?: ByteRange): Promise<BlobStream> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end}` } : {};
    on.dispatch({ method: 'GET', key, headers }, new Answer(range, resolve, reject));
  });
}

class Answer implements Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | null = null;
  #stream: S3BlobStream | null = null;
  #status = 0;
  #error = '';

  constructor(
    private readonly range: ByteRange | undefined,
    private readonly resolve: (stream: BlobStream) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    this.#status = status;
    if (status > 299) return;
    const length = Number(headers['content-length']);
    const unusable = !Number.isSafeInteger(length) || status !== (this.range ? 206 : 200);
    if (unusable) return controller.abort(new S3Failure('not an answer to this'));
    // A range that goes beyond the end is answered with what there is of it.
    const short = this.range !== undefined && length !== this.range.end - this.range.start + 1;
    if (short) return controller.abort(new BlobNotFound('not a part of this blob'));
    this.#stream = new S3BlobStream(this.#controller ?? controller, length);
    this.resolve(this.#stream);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream) this.#stream.receive(chunk);
    else if (this.#error.length < maxErrorBytes) this.#error += chunk.toString('utf8');
  }

  onResponseEnd(): void {
    if (this.#stream) return this.#stream.finish();
    const failure = failureOfAnswer(this.#status, this.#error);
    // A store may say 404 of an access key or a bucket that it does not know, too.
    const absent = failure.code === 'NoSuchKey' || failure.status === 416;
    this.reject(absent ? new BlobNotFound('no blob at this key') : failure);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#stream) this.#stream.breakOff(error);
    else this.reject(error);
  }
}

class S3BlobStream extends Readable implements BlobStream {
  readonly #free: Buffer[] = [];
  #filling: Buffer | null = null;
  #filled = 0;
  #rest: number;
  #answered = false;

  constructor(
    private readonly controller: Dispatcher.DispatchController,
    length: number,
  ) {
    super({ highWaterMark: chunkBytes });
    this.#rest = length;
  }

  recycle(chunk: Buffer): void {
    if (chunk.length === chunkBytes && this.#free.length < maxFree) this.#free.push(chunk);
  }

  receive(chunk: Buffer): void {
    if (this.destroyed) return;
    this.#rest -= chunk.length;
    for (let at = 0; at < chunk.length;) {
      const into = (this.#filling ??= this.#free.pop() ?? Buffer.allocUnsafeSlow(chunkBytes));
      const copied = chunk.copy(into, this.#filled, at);
      at += copied;
      this.#filled += copied;
      if (this.#filled === chunkBytes) this.#hand(into);
    }
    spentBuffer(chunk);
  }

  finish(): void {
    this.#answered = true;
    if (this.destroyed) return;
    if (this.#rest !== 0)
      return void this.destroy(new BlobStoreUnavailable('the blob store gave less than it promised'));
    if (this.#filling && this.#filled > 0) this.#hand(this.#filling.subarray(0, this.#filled));
    this.push(null);
  }

  breakOff(error: Error): void {
    this.#answered = true;
    this.destroy(translated(error));
  }

  override _read(): void {
    if (!this.#answered) this.controller.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // The connection goes with it: what is left of the answer is not worth reading.
    if (!this.#answered) this.controller.abort(new S3Failure('the reader left'));
    this.#filling = null;
    done(error);
  }

  #hand(chunk: Buffer): void {
    this.#filling = null;
    this.#filled = 0;
    if (!this.push(chunk)) this.controller.pause();
  }
}
