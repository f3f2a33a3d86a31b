import { constants } from 'node:fs';
import { link, open, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BlobExists, BlobNotFound, BlobStoreUnavailable, type BlobInfo, type BlobWriter } from '../port.js';
import { syncDirectory, type DurableDirectories } from './durable-directories.js';
import type { EarlySync } from './early-sync.js';
import type { Layout } from './layout.js';
import { codeOf, translated, translating } from './translate.js';

/** Bytes of one write call. Chunks from a socket are 64 KiB and less; sixteen of them cost one system call. */
const batchBytes = 1024 * 1024;
/** A client that sends bytes one by one must not make a batch of a million buffers. */
const batchChunks = 256;

export class FilesystemBlobWriter implements BlobWriter {
  #batch: Buffer[] = [];
  #batched = 0;
  #written = 0;
  #writing: Promise<void> = Promise.resolve();
  #syncing: Promise<void> = Promise.resolve();
  #failure: Error | null = null;
  #committing: Promise<BlobInfo> | null = null;
  #aborting: Promise<void> | null = null;
  #published = false;

  private constructor(
    readonly key: string,
    private readonly draft: string,
    private readonly target: string,
    private readonly file: FileHandle,
    private readonly directories: DurableDirectories,
    private readonly early: EarlySync,
  ) {}

  static async open(
    key: string,
    layout: Layout,
    directories: DurableDirectories,
    early: EarlySync,
  ): Promise<FilesystemBlobWriter> {
    const draft = layout.freshDraft(key);
    const file = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    return new FilesystemBlobWriter(key, draft, layout.blob(key), file, directories, early);
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#committing || this.#aborting) throw new Error('this write has ended');
    if (this.#failure) throw this.#failure;
    if (chunk.length === 0) return;
    this.#batch.push(chunk);
    this.#batched += chunk.length;
    if (this.#batched >= batchBytes || this.#batch.length >= batchChunks) await this.#flush();
  }

  commit(): Promise<BlobInfo> {
    if (this.#aborting) return Promise.reject(new Error('this write was aborted'));
    return (this.#committing ??= translating(() => this.#publish()));
  }

  abort(): Promise<void> {
    return (this.#aborting ??= translating(() => this.#remove()));
  }

  /** One batch on its way to the disk while the next one gathers; a failure shows at the next call. */
  async #flush(): Promise<void> {
    const batch = this.#batch;
    const bytes = this.#batched;
    this.#batch = [];
    this.#batched = 0;
    await this.#writing;
    if (this.#failure) throw this.#failure;
    this.#writing = writeWhole(this.file, batch).then(
      () => this.#advance(bytes),
      (error: unknown) => this.#fail(error),
    );
  }

  #advance(bytes: number): void {
    const before = this.#written;
    this.#written += bytes;
    // The system reports a failed write-back once, to whoever syncs next: it must not be lost here.
    this.#syncing =
      this.early.after(this.file, this.#written, before)?.catch((error: unknown) => this.#fail(error)) ?? this.#syncing;
  }

  #fail(error: unknown): void {
    this.#failure ??= translated(error);
  }

  async #publish(): Promise<BlobInfo> {
    if (this.#batch.length > 0) await this.#flush();
    await this.#settled();
    if (this.#failure) throw this.#failure;
    await this.file.sync();
    const { size, mtime } = await this.file.stat();
    const directory = dirname(this.target);
    await this.directories.ensure(directory);
    // A link refuses a taken name in the same step that makes it, where a rename would replace what is there.
    await link(this.draft, this.target).catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST') throw new BlobExists('this key is taken');
      if (codeOf(error) === 'ENOENT') throw new BlobNotFound('this write was removed as unfinished');
      throw error;
    });
    this.#published = true;
    await syncDirectory(directory);
    await this.file.close();
    // What a crash leaves here is a second name of a committed file: `listUnfinished` knows it by its link count.
    await unlink(this.draft).catch(() => undefined);
    return { key: this.key, size, modifiedAt: mtime };
  }

  async #settled(): Promise<void> {
    await this.#writing;
    await this.#syncing;
  }

  async #remove(): Promise<void> {
    const committed = await this.#committing?.then(
      () => true,
      () => false,
    );
    if (committed) return;
    await this.#settled();
    await this.file.close().catch(() => undefined);
    this.#batch = [];
    await removeIfThere(this.draft);
    if (this.#published) {
      await removeIfThere(this.target);
      await syncDirectory(dirname(this.target));
    }
  }
}

/** `writev` may take less than it was given, for instance just before the disk is full. */
export async function writeWhole(file: FileHandle, batch: readonly Buffer[]): Promise<void> {
  let rest = batch;
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest);
    if (bytesWritten === 0) throw new BlobStoreUnavailable('the blob store takes no bytes');
    let whole = 0;
    while (whole < rest.length && bytesWritten >= rest[whole]!.length) bytesWritten -= rest[whole++]!.length;
    rest = bytesWritten === 0 ? rest.slice(whole) : [rest[whole]!.subarray(bytesWritten), ...rest.slice(whole + 1)];
  }
}

export async function removeIfThere(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}
