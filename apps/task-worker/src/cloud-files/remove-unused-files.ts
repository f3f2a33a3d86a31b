import type { BlobInfo, BlobStore } from '@cloud-images/blobs';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { Logger } from '@cloud-images/service-kit';
import { expiredObjects, removeObject } from './objects.query.js';
import { dataRemoved, expireAttempts, filesKeyPrefix, strayKeys, unusedData } from './attempts.query.js';

const batchSize = 100;
const pageSize = 500;

export interface FileChoreParts {
  readonly sql: SqlExecutor;
  readonly blobs: BlobStore;
  readonly log: Logger;
}

/** Objects whose time is over leave their containers, and their data what is kept. Says how many. */
export async function removeExpiredObjects(
  { sql }: Pick<FileChoreParts, 'sql'>,
  graceSeconds: number,
): Promise<number> {
  let removed = 0;
  for (const path of await expiredObjects(sql, batchSize)) {
    if (await removeObject(sql, path, graceSeconds, { expired: true })) removed += 1;
  }
  return removed;
}

/** Ends attempts that nobody renews, and removes what no object uses any more. Says how many keys were emptied. */
export async function removeUnusedFiles({ sql, blobs, log }: FileChoreParts): Promise<number> {
  await expireAttempts(sql);
  let removed = 0;
  for (const { attempt, key } of await unusedData(sql, batchSize)) {
    try {
      await removeData(blobs, key);
      await dataRemoved(sql, attempt);
      removed += 1;
    } catch (error) {
      log.warn({ err: error, key }, 'unused data of Cloud Files could not be removed; it is tried again');
    }
  }
  return removed;
}

/**
 * Looks through the store: what a paused writer published after its attempt had ended is removed; what nobody knows is
 * reported and left alone.
 */
export async function compareStoreWithFiles(parts: FileChoreParts): Promise<number> {
  let found = 0;
  for (const list of [parts.blobs.list(filesKeyPrefix), parts.blobs.listUnfinished(filesKeyPrefix)]) {
    let page: BlobInfo[] = [];
    for await (const blob of list) {
      page.push(blob);
      if (page.length < pageSize) continue;
      found += await judge(parts, page);
      page = [];
    }
    found += await judge(parts, page);
  }
  return found;
}

async function judge({ sql, blobs, log }: FileChoreParts, page: readonly BlobInfo[]): Promise<number> {
  const { late, unknown } = await strayKeys(
    sql,
    page.map(({ key }) => key),
  );
  for (const key of late) await removeData(blobs, key);
  for (const key of unknown) log.error({ event: 'unknown-blob', key }, 'the store has a file that no table knows');
  return late.length + unknown.length;
}

/** A writer that is still at work can not publish after this. */
async function removeData(blobs: BlobStore, key: string): Promise<void> {
  await blobs.abortUnfinished(key);
  await blobs.delete(key);
}
