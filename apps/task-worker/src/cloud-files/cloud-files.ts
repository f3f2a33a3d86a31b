import type { BlobStore } from '@cloud-images/blobs';
import type { SqlExecutor } from '@cloud-images/event-store';

/** For Nest: `CloudFiles`. */
export const CLOUD_FILES = Symbol('cloud files');

/** What Cloud Files stands on. */
export interface CloudFiles {
  readonly sql: SqlExecutor;
  readonly blobs: BlobStore;
  /** An attempt to write that is not renewed for so long has ended. */
  readonly leaseSeconds: number;
  /** How long the data of a removed object stays, for downloads that have begun. */
  readonly graceSeconds: number;
  /** Bytes of one object, at most. */
  readonly maxObjectBytes: number;
}
