import type { FileHandle } from 'node:fs/promises';

/** Bytes of a file between two early syncs. */
const step = 64 * 1024 * 1024;

/**
 * Lets the disk begin while the client still sends. Left to the end, the sync of a large file adds a tenth to its upload,
 * and the system keeps gigabytes in memory until then. One at a time in a store: a sync holds a thread that writes need.
 */
export class EarlySync {
  #busy = false;

  /** The sync that `written` bytes of a file call for, when they do and none is under way; rejects as a sync does. */
  after(file: FileHandle, written: number, before: number): Promise<void> | null {
    if (this.#busy || Math.floor(written / step) === Math.floor(before / step)) return null;
    this.#busy = true;
    return file.datasync().finally(() => {
      this.#busy = false;
    });
  }
}
