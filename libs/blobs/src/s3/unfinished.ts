import type { BlobInfo } from '../port.js';
import type { S3Connection } from './connection.js';
import { removed, removeDraft } from './draft.js';
import { persistently } from './persistently.js';

interface OpenUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date;
}

/**
 * Open multipart uploads of keys with this prefix, which no listing of objects shows, with the time of their newest part.
 * All of the bucket's are asked for, because MinIO takes a prefix here for a whole key; and it knows only of those that
 * were begun since it started (others it finds by their key alone, and removes after a day).
 */
export async function* listDrafts(on: S3Connection, prefix: string): AsyncGenerator<BlobInfo> {
  const uploads = (await openUploads(on, '')).filter(({ key }) => key.startsWith(prefix));
  for (const upload of uploads.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))) {
    const info = await infoOf(on, upload);
    if (info) yield info;
  }
}

export async function removeDraftsOf(on: S3Connection, wanted: string): Promise<void> {
  for (const { key, uploadId } of await openUploads(on, wanted)) {
    if (key === wanted) await removeDraft(on, { key, uploadId });
  }
}

async function openUploads(on: S3Connection, prefix: string): Promise<OpenUpload[]> {
  const found: OpenUpload[] = [];
  for (let marker = ''; ;) {
    const page = await persistently(on, () => on.signer.listIncompleteUploadsQuery(on.bucket, prefix, marker, '', ''));
    found.push(...page.uploads);
    if (!page.isTruncated || page.nextKeyMarker === '' || page.nextKeyMarker === marker) return found;
    marker = page.nextKeyMarker;
  }
}

/** Null when it was completed or removed between the listing and the look. */
async function infoOf(on: S3Connection, { key, uploadId, initiated }: OpenUpload): Promise<BlobInfo | null> {
  try {
    const parts = await persistently(on, () => on.signer.partsOf(key, uploadId));
    const times = parts.map(({ lastModified }) => lastModified?.getTime() ?? 0);
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    return { key, size, modifiedAt: new Date(Math.max(initiated.getTime(), ...times)) };
  } catch (error) {
    if (removed(error)) return null;
    throw error;
  }
}
