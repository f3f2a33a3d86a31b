import { readFileSync } from 'node:fs';
import { createFilesystemBlobStore } from './filesystem/store.js';
import type { BlobStore } from './port.js';
import type { S3BlobStoreOptions } from './s3/options.js';
import { createS3BlobStore } from './s3/store.js';

/** What an app's configuration says about its store. */
export interface BlobStoreSettings {
  readonly kind: string;
  /** The directory of the `filesystem` kind. */
  readonly dir?: string | undefined;
  /** Where the blobs of the `s3` kind are. */
  readonly s3?: S3Settings | undefined;
}

export type S3Settings = Omit<S3BlobStoreOptions, 'ca'> & {
  /** File with certificates, PEM. */
  readonly caFile?: string | undefined;
};

export const blobStoreKinds = ['filesystem', 's3'] as const;

/** Throws a `TypeError` that says what is wrong with the settings; touches nothing until the store is used. */
export function createBlobStore(settings: BlobStoreSettings): BlobStore {
  const { kind, dir, s3 } = settings;
  if (kind === 'filesystem') {
    if (!dir) throw new TypeError('a blob store of kind "filesystem" needs a directory');
    return createFilesystemBlobStore({ dir });
  }
  if (kind === 's3') {
    if (!s3) throw new TypeError('a blob store of kind "s3" needs an endpoint, a bucket and credentials');
    return createS3BlobStore(s3Options(s3));
  }
  throw new TypeError(`no blob store of kind "${kind}": there is ${blobStoreKinds.join(', ')}`);
}

export function s3Options({ caFile, ...settings }: S3Settings): S3BlobStoreOptions {
  return caFile ? { ...settings, ca: readFileSync(caFile, 'utf8') } : settings;
}
