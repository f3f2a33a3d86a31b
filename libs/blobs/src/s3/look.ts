import { failureOf } from './failure.js';
import type { S3Connection } from './connection.js';
import { persistently } from './persistently.js';

/** Which write made an object, as metadata of the object: the one thing that a lost answer can be settled by. */
export const markHeader = 'x-amz-meta-writer';

export interface Seen {
  /** bytes */
  readonly size: number;
  readonly modifiedAt: Date;
  readonly mark: string | undefined;
}

/** What stands at a key now; null when nothing does, or when there is no bucket. */
export async function look(on: S3Connection, key: string): Promise<Seen | null> {
  try {
    const { headers } = await persistently(on, () => on.call({ method: 'HEAD', key }));
    return {
      size: Number(headers['content-length']),
      modifiedAt: new Date(String(headers['last-modified'])),
      mark: headers[markHeader]?.toString(),
    };
  } catch (error) {
    if (failureOf(error).status === 404) return null;
    throw error;
  }
}

/** The same, without the mark, for those who may list and not read: a key comes first among those that begin with it. */
export async function listed(on: S3Connection, key: string): Promise<Omit<Seen, 'mark'> | null> {
  const page = await persistently(on, () => on.signer.listObjectsV2Query(on.bucket, key, '', '', 1, ''));
  const first = page.objects[0];
  if (first?.name !== key || !first.lastModified) return null;
  // An answer about one blob has whole seconds.
  const modifiedAt = new Date(Math.floor(first.lastModified.getTime() / 1_000) * 1_000);
  return { size: first.size, modifiedAt };
}
