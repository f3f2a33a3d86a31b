import { mkdir, open, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { assertBlobKey, assertBlobPrefix } from '../key.js';
import {
  BlobExists,
  BlobNotFound,
  BlobStoreFull,
  BlobStoreUnavailable,
  type BlobInfo,
  type BlobStore,
  type BlobStream,
  type BlobWriter,
  type CopyOptions,
} from '../port.js';
import { nameOrCopy } from './copying.js';
import { DurableDirectories, syncDirectory } from './durable-directories.js';
import { EarlySync } from './early-sync.js';
import { Layout } from './layout.js';
import { listBlobs, listDrafts } from './listing.js';
import { openBlob } from './reading.js';
import { codeOf, translating } from './translate.js';
import { FilesystemBlobWriter, removeIfThere } from './writer.js';

export interface FilesystemBlobStoreOptions {
  /** Made when it is not there. Several processes may share it; it is one file system throughout. */
  readonly dir: string;
}

export function createFilesystemBlobStore(options: FilesystemBlobStoreOptions): BlobStore {
  return new FilesystemBlobStore(new Layout(options.dir));
}

class FilesystemBlobStore implements BlobStore {
  readonly #directories: DurableDirectories;
  readonly #early = new EarlySync();
  #prepared: Promise<void> | null = null;

  constructor(private readonly layout: Layout) {
    this.#directories = new DurableDirectories(layout.dir);
  }

  writer(key: string, options: { readonly expectedSize?: number } = {}): Promise<BlobWriter> {
    assertBlobKey(key);
    return translating(async () => {
      await this.#prepare();
      await this.#refuseWhatCannotFit(options.expectedSize ?? 0);
      return FilesystemBlobWriter.open(key, this.layout, this.#directories, this.#early);
    });
  }

  read(key: string, range?: { readonly start: number; readonly end: number }): Promise<BlobStream> {
    assertBlobKey(key);
    return translating(async () => {
      try {
        return await openBlob(this.layout.blob(key), range);
      } catch (error) {
        throw (await this.#isMissing(error)) ? new BlobNotFound('no blob at this key') : error;
      }
    });
  }

  async copy(from: string, to: string, { signal, onProgress }: CopyOptions = {}): Promise<BlobInfo> {
    assertBlobKey(from);
    assertBlobKey(to);
    signal?.throwIfAborted();
    const info = await translating(() => this.#copy(from, to));
    onProgress?.(info.size);
    return info;
  }

  stat(key: string): Promise<BlobInfo | null> {
    assertBlobKey(key);
    return translating(async () => {
      try {
        const found = await stat(this.layout.blob(key));
        return found.isFile() ? { key, size: found.size, modifiedAt: found.mtime } : null;
      } catch (error) {
        if (await this.#isMissing(error)) return null;
        throw error;
      }
    });
  }

  delete(key: string): Promise<boolean> {
    assertBlobKey(key);
    return translating(async () => {
      await this.#prepare();
      const path = this.layout.blob(key);
      const removed = await removeIfThere(path);
      if (removed) await syncDirectory(dirname(path));
      return removed;
    });
  }

  async *list(prefix: string, after = ''): AsyncIterable<BlobInfo> {
    assertBlobPrefix(prefix);
    await translating(() => this.#prepare());
    yield* listBlobs(this.layout, prefix, after);
  }

  async *listUnfinished(prefix: string): AsyncIterable<BlobInfo> {
    assertBlobPrefix(prefix);
    await translating(() => this.#prepare());
    for await (const { info, path, committed } of listDrafts(this.layout, prefix)) {
      if (!committed) yield info;
      // Left here it would keep the bytes on the disk after the blob's deletion.
      else await translating(() => removeIfThere(path));
    }
  }

  async abortUnfinished(key: string): Promise<void> {
    assertBlobKey(key);
    await translating(() => this.#prepare());
    for await (const { info, path } of listDrafts(this.layout, key)) {
      if (info.key === key) await translating(() => removeIfThere(path));
    }
  }

  check(): Promise<void> {
    return translating(async () => {
      await this.#prepare();
      const probe = this.layout.freshDraft('probe');
      const file = await open(probe, 'wx', 0o600);
      await file.close();
      await removeIfThere(probe);
    }).catch((error: unknown) => {
      // A full store still reads and deletes.
      if (!(error instanceof BlobStoreFull)) throw error;
    });
  }

  async #copy(from: string, to: string): Promise<BlobInfo> {
    await this.#prepare();
    const [source, target] = [this.layout.blob(from), this.layout.blob(to)];
    await this.#directories.ensure(dirname(target));
    try {
      await nameOrCopy(source, target, this.layout.freshDraft(to));
    } catch (error) {
      if (codeOf(error) === 'EEXIST') throw new BlobExists('this key is taken');
      throw (await this.#isMissing(error)) ? new BlobNotFound('no blob at this key') : error;
    }
    try {
      await syncDirectory(dirname(target));
      const { size, mtime } = await stat(target);
      return { key: to, size, modifiedAt: mtime };
    } catch (error) {
      await removeIfThere(target);
      throw error;
    }
  }

  /**
   * Makes the directories once. After that they are expected: a file system that was unmounted under us must not turn
   * into an empty store that answers "not found".
   */
  async #prepare(): Promise<void> {
    this.#prepared ??= this.#makeDirectories().catch((error: unknown) => {
      this.#prepared = null;
      throw error;
    });
    await this.#prepared;
    await this.#assertThere();
  }

  async #makeDirectories(): Promise<void> {
    for (const path of [this.layout.blobs, this.layout.unfinished]) {
      await mkdir(path, { recursive: true, mode: 0o700 });
    }
    await syncDirectory(this.layout.dir);
  }

  async #assertThere(): Promise<void> {
    try {
      await stat(this.layout.blobs);
    } catch (error) {
      throw new BlobStoreUnavailable('the blob store is not there', { cause: error });
    }
  }

  async #isMissing(error: unknown): Promise<boolean> {
    const code = codeOf(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return false;
    await this.#prepare();
    return true;
  }

  async #refuseWhatCannotFit(bytes: number): Promise<void> {
    if (bytes === 0) return;
    const { bavail, bsize } = await statfs(this.layout.dir);
    if (bytes > bavail * bsize) throw new BlobStoreFull('the blob store has no room for this');
  }
}
