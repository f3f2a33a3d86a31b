import { assertBlobKey, assertBlobPrefix } from '../key.js';
import {
  BlobNotFound,
  BlobStoreFull,
  BlobStoreUnavailable,
  type BlobInfo,
  type BlobStore,
  type BlobStream,
  type BlobWriter,
  type CopyOptions,
} from '../port.js';
import { copyBlob } from './copying.js';
import { S3Connection } from './connection.js';
import { failureOf, translated, translating } from './failure.js';
import { listed, look } from './look.js';
import type { S3BlobStoreOptions } from './options.js';
import { PartMemory } from './part-memory.js';
import { maxBlobBytes } from './part-plan.js';
import { persistently } from './persistently.js';
import { openS3Blob, type ByteRange } from './reading.js';
import { listDrafts, removeDraftsOf } from './unfinished.js';
import { S3BlobWriter } from './writer.js';

/** Touches nothing until it is used. The bucket must be there: see `prepareS3Bucket`. */
export function createS3BlobStore(options: S3BlobStoreOptions): BlobStore {
  return new S3BlobStore(new S3Connection(options));
}

class S3BlobStore implements BlobStore {
  readonly #memory = new PartMemory();

  constructor(private readonly on: S3Connection) {}

  writer(key: string, options: { readonly expectedSize?: number } = {}): Promise<BlobWriter> {
    assertBlobKey(key);
    return translating(() => {
      const { expectedSize } = options;
      if (expectedSize !== undefined && expectedSize > maxBlobBytes) {
        throw new BlobStoreFull('this is more than the blob store takes as one blob');
      }
      return S3BlobWriter.open(this.on, this.#memory, key, expectedSize);
    });
  }

  read(key: string, range?: ByteRange): Promise<BlobStream> {
    assertBlobKey(key);
    return translating(() => {
      if (range && (range.start < 0 || range.end < range.start)) throw new BlobNotFound('not a part of this blob');
      return persistently(this.on, () => openS3Blob(this.on, key, range));
    });
  }

  async copy(from: string, to: string, options: CopyOptions = {}): Promise<BlobInfo> {
    assertBlobKey(from);
    assertBlobKey(to);
    return copyBlob(this.on, from, to, options);
  }

  stat(key: string): Promise<BlobInfo | null> {
    assertBlobKey(key);
    return translating(async () => {
      const seen = await look(this.on, key).catch((error: unknown) => {
        // Whoever may delete and list, but not read, may not ask for one blob either.
        if (failureOf(error).status === 403) return listed(this.on, key);
        throw error;
      });
      if (seen) return { key, size: seen.size, modifiedAt: seen.modifiedAt };
      // The answer to this question has no body that would tell a missing bucket from a missing blob.
      await this.#assertBucket();
      return null;
    });
  }

  delete(key: string): Promise<boolean> {
    assertBlobKey(key);
    return translating(async () => {
      if ((await this.stat(key)) === null) return false;
      await persistently(this.on, () => this.on.call({ method: 'DELETE', key }));
      return true;
    });
  }

  async *list(prefix: string, after = ''): AsyncIterable<BlobInfo> {
    assertBlobPrefix(prefix);
    try {
      for await (const item of this.on.signer.listObjectsV2(this.on.bucket, prefix, true, after)) {
        const { name, size, lastModified } = item as { name: string; size: number; lastModified: Date };
        yield { key: name, size, modifiedAt: lastModified };
      }
    } catch (error) {
      throw translated(error);
    }
  }

  async *listUnfinished(prefix: string): AsyncIterable<BlobInfo> {
    assertBlobPrefix(prefix);
    try {
      yield* listDrafts(this.on, prefix);
    } catch (error) {
      throw translated(error);
    }
  }

  abortUnfinished(key: string): Promise<void> {
    assertBlobKey(key);
    return translating(() => removeDraftsOf(this.on, key));
  }

  check(): Promise<void> {
    return translating(() => this.#assertBucket());
  }

  async #assertBucket(): Promise<void> {
    if (!(await persistently(this.on, () => this.on.signer.bucketExists(this.on.bucket)))) {
      throw new BlobStoreUnavailable('the blob store is not there');
    }
  }
}
