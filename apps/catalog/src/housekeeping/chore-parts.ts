import type { BlobStore } from '@cloud-images/blobs';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { Logger } from '@cloud-images/service-kit';
import type { Images } from '../tokens.js';
import type { Round } from './housekeeping.js';

/** What chores work with. */
export interface ChoreParts {
  readonly sql: SqlExecutor;
  readonly images: Images;
  readonly blobs: BlobStore;
  readonly log: Logger;
}

/** Rows of a to-do list taken at once. */
export const batchSize = 100;

/**
 * Does each item; one that fails stays on its list for the next time and does not stop the others. What is done is off its
 * list, so a full one may have more behind it; when most of it failed, that waits for the next time, too.
 */
export async function each<Item>(
  items: readonly Item[],
  { log }: Pick<ChoreParts, 'log'>,
  signal: AbortSignal,
  work: (item: Item) => Promise<boolean>,
): Promise<Round> {
  let done = 0;
  for (const item of items) {
    if (signal.aborted) break;
    try {
      if (await work(item)) done += 1;
    } catch (error) {
      log.warn({ err: error, item }, 'one of several could not be done; it is tried again');
    }
  }
  return { done, next: items.length === batchSize && done > batchSize / 2 ? 'more' : null };
}
