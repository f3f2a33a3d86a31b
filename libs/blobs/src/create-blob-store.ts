import { createFilesystemBlobStore } from './filesystem/store.js';
import type { BlobStore } from './port.js';

/** What an app's configuration says about its store. */
export interface BlobStoreSettings {
  readonly kind: string;
  /** The directory of the `filesystem` kind. */
  readonly dir?: string | undefined;
}

export const blobStoreKinds = ['filesystem'] as const;

/** Throws a `TypeError` that says what is wrong with the settings; touches nothing until the store is used. */
export function createBlobStore(settings: BlobStoreSettings): BlobStore {
  if (settings.kind === 'filesystem') {
    if (!settings.dir) throw new TypeError('a blob store of kind "filesystem" needs a directory');
    return createFilesystemBlobStore({ dir: settings.dir });
  }
  throw new TypeError(`no blob store of kind "${settings.kind}": there is ${blobStoreKinds.join(', ')}`);
}
