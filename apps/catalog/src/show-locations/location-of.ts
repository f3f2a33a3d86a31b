import { pathToFileURL } from 'node:url';
import { join, resolve } from 'node:path';

/** Which store holds the data of all images. */
export type StorePlace =
  | { readonly kind: 'filesystem'; readonly dir: string }
  | { readonly kind: 's3'; readonly s3: { readonly bucket: string } };

/**
 * The URL of a blob for a service that reaches the same store with rights of its own: `s3://<bucket>/<key>`, or the file
 * (see the layout in libs/blobs). It holds no endpoint and no credentials.
 */
export const locationOf = (store: StorePlace, key: string): string =>
  store.kind === 's3' ? `s3://${store.s3.bucket}/${key}` : pathToFileURL(join(resolve(store.dir), 'blobs', key)).href;
