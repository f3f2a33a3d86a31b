import { BlobStoreFull, BlobStoreUnavailable, type BlobStore, type CopyOptions } from '@cloud-images/blobs';
import { assertFits, storageFull } from './refusals.js';

export interface CopyImageData extends CopyOptions {
  readonly store: BlobStore;
  readonly from: string;
  /** bytes of what is there */
  readonly size: number;
  /** A fresh key. */
  readonly to: string;
  /** bytes */
  readonly maxSize: number;
}

/**
 * Data that is in the store already, once more: by the store itself, so that what is known of it stays known. Throws
 * `Refusal` (`image-too-large`, `storage-full`), or the store's own error.
 */
export async function copyImageData({ store, from, size, to, maxSize, ...options }: CopyImageData): Promise<void> {
  assertFits(size, maxSize);
  const copy = await store.copy(from, to, options).catch((error: unknown) => {
    throw error instanceof BlobStoreFull ? storageFull() : error;
  });
  if (copy.size === size) return;
  await store.delete(to);
  throw new BlobStoreUnavailable('what is stored is not what is known of it');
}
