import { BlobNotFound, BlobStoreUnavailable, type BlobInfo, type CopyOptions } from '../port.js';
import type { S3Connection } from './connection.js';
import { copyPart, openDraft, putPart, removeDraft, removePublished, type Copied, type Draft } from './draft.js';
import { failureOf, translating } from './failure.js';
import { look } from './look.js';
import { maxParts } from './part-plan.js';
import { publish } from './publish.js';
import { removeDraftsOf } from './unfinished.js';

/** The store answers only once it has them, within the time of a call: at 2 MiB a second in the worst case. */
const largePartBytes = 64 * 1024 * 1024;

/** A multipart upload of parts that the store reads from another object: fenced and found like any other write. */
export async function copyBlob(
  on: S3Connection,
  from: string,
  to: string,
  { signal, onProgress }: CopyOptions,
  partBytes = largePartBytes,
): Promise<BlobInfo> {
  signal?.throwIfAborted();
  const source = await translating(() => look(on, from));
  if (source === null) throw new BlobNotFound('no blob at this key');
  const draft = await translating(() => openDraft(on, to));
  try {
    const etags: string[] = [];
    for (const part of partsOf(from, source.size, partBytes)) {
      etags.push(await translating(() => fill(on, draft, part)));
      signal?.throwIfAborted();
      onProgress?.(part.end + 1);
    }
    const { size, modifiedAt } = await translating(() => publish(on, draft, etags));
    if (size !== source.size) throw new BlobStoreUnavailable('what was copied is not what is there');
    if (draft.hasTwin) await removeDraftsOf(on, to).catch(() => undefined);
    return { key: to, size, modifiedAt };
  } catch (error) {
    await remove(on, draft);
    throw error;
  }
}

/** An empty blob has one empty part: S3 knows no upload without any. */
function partsOf(from: string, size: number, partBytes: number): Copied[] {
  const length = Math.max(partBytes, Math.ceil(size / maxParts));
  const count = Math.max(1, Math.ceil(size / length));
  return Array.from({ length: count }, (_, nth) => ({
    from,
    number: nth + 1,
    start: nth * length,
    end: Math.min(size, (nth + 1) * length) - 1,
    whole: count === 1,
  }));
}

async function fill(on: S3Connection, draft: Draft, part: Copied): Promise<string> {
  if (part.end < part.start) {
    return putPart(on, draft, { number: part.number, body: Buffer.alloc(0), wanted: () => true });
  }
  return copyPart(on, draft, part).catch((error: unknown) => {
    const { status, code } = failureOf(error);
    throw status === 404 && code === 'NoSuchKey' ? new BlobNotFound('no blob at this key') : error;
  });
}

/** What is left when the store is away is an unfinished write like any other. */
async function remove(on: S3Connection, draft: Draft): Promise<void> {
  try {
    await removeDraft(on, draft);
    if (draft.hasTwin) await removeDraftsOf(on, draft.key);
    await removePublished(on, draft);
  } catch {
    // Whoever began it knows its key.
  }
}
