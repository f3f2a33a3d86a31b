import { Readable } from 'node:stream';
import type { BlobStore } from './port.js';

/** One of several blobs that together are the data of something. */
export interface BlobPart {
  readonly key: string;
  /** bytes */
  readonly size: number;
}

/**
 * Blobs one after the other as one stream, or a range of it; each is opened when its turn has come. Fails with the store's
 * error where one is missing. Destroying the stream frees everything.
 */
export function readParts(
  store: Pick<BlobStore, 'read'>,
  parts: readonly BlobPart[],
  range: { readonly start: number; readonly end: number } = { start: 0, end: Infinity },
): Readable {
  return Readable.from(chunksOf(store, parts, range), { objectMode: false, highWaterMark: 1024 ** 2 });
}

async function* chunksOf(
  store: Pick<BlobStore, 'read'>,
  parts: readonly BlobPart[],
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<Buffer> {
  let at = 0;
  for (const { key, size } of parts) {
    const first = Math.max(start - at, 0);
    const last = Math.min(end - at, size - 1);
    at += size;
    if (first > last) continue;
    const stream = await store.read(key, { start: first, end: last });
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
    } finally {
      stream.destroy();
    }
  }
}
