import type { Readable } from 'node:stream';

export interface BlobInfo {
  readonly key: string;
  /** bytes */
  readonly size: number;
  readonly modifiedAt: Date;
}

/** A write in progress under a fresh key: nothing is visible at the key until `commit`, nothing is left after `abort`. */
export interface BlobWriter {
  readonly key: string;
  /** Resolves when the chunk was taken (backpressure); chunks are not copied and must not be changed after. */
  write(chunk: Buffer): Promise<void>;
  /** Durable and visible, atomically. Refuses with `BlobExists` when the key is taken, `BlobNotFound` when the write was removed as unfinished. */
  commit(): Promise<BlobInfo>;
  /** Settles what is in flight, then removes every trace. Safe to call twice and after a failed commit; after a successful one it does nothing. */
  abort(): Promise<void>;
}

/** A blob on its way out. */
export interface BlobStream extends Readable {
  /**
   * Hands back a chunk of this stream that nobody uses any more, to be filled again: at some hundred MB a second fresh
   * buffers cost more in garbage collection than the sending itself. Optional, for both sides.
   */
  recycle?(chunk: Buffer): void;
}

export interface CopyOptions {
  /** Its reason is thrown, and nothing is left, when it aborts before the copy stands. */
  readonly signal?: AbortSignal;
  /** Bytes of the copy that the store has by now. */
  readonly onProgress?: (bytes: number) => void;
}

/** Image data by key. Adapters: filesystem and any S3, under one conformance suite. */
export interface BlobStore {
  /** `expectedSize` (bytes), when known, sizes buffers and lets a full store refuse early. */
  writer(key: string, options?: { readonly expectedSize?: number }): Promise<BlobWriter>;
  /** `start` and `end` are inclusive byte offsets. Throws `BlobNotFound`, also when the range is not wholly there. Large reads (1 MiB), flat memory; destroying the stream frees everything. */
  read(key: string, range?: { readonly start: number; readonly end: number }): Promise<BlobStream>;
  /**
   * Another blob of the same bytes under a fresh key, made by the store itself; each lives and goes without the other. Durable
   * and visible, atomically, though not fenced before it has begun: `abortUnfinished` ends a copy under way, where there is
   * such a thing, and not one that a paused process still means to make. Throws `BlobNotFound` when there is nothing at `from`, `BlobExists` when `to` is taken.
   */
  copy(from: string, to: string, options?: CopyOptions): Promise<BlobInfo>;
  stat(key: string): Promise<BlobInfo | null>;
  /** Idempotent; true when something was removed. */
  delete(key: string): Promise<boolean>;
  /** Committed blobs under a prefix, in key order; only those behind the key `after`, when there is one. */
  list(prefix: string, after?: string): AsyncIterable<BlobInfo>;
  /** Writes begun and neither committed nor aborted (a crash), with the time of their last byte. */
  listUnfinished(prefix: string): AsyncIterable<BlobInfo>;
  /** Removes what an unfinished write of this key left behind; idempotent. */
  abortUnfinished(key: string): Promise<void>;
  /** Throws `BlobStoreUnavailable` when the store can't be used. */
  check(): Promise<void>;
}

export class BlobNotFound extends Error {
  override readonly name = 'BlobNotFound';
}
export class BlobExists extends Error {
  override readonly name = 'BlobExists';
}
/** No space left: 507 at the edge. */
export class BlobStoreFull extends Error {
  override readonly name = 'BlobStoreFull';
}
/** Can't be reached for now: 503 at the edge. Messages carry no endpoint, path or key. */
export class BlobStoreUnavailable extends Error {
  override readonly name = 'BlobStoreUnavailable';
}
