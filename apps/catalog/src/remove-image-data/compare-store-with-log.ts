import type { BlobInfo } from '@cloud-images/blobs';
import type { ChoreParts } from '../housekeeping/chore-parts.js';
import type { Chore } from '../housekeeping/housekeeping.js';
import { blobKeyPrefix } from '../image/blob-key.js';
import { expectedData, releaseData } from '../image/upload-leases.js';

const pageSize = 500;

/**
 * Looks through the whole store: what appeared under the key of an ended attempt (a gateway that was paused may publish
 * late) goes onto the list of what to remove; what belongs to no attempt at all is quarantined: reported, and left alone.
 * A round takes some pages, in the order of keys.
 */
export const compareStoreWithLog = (parts: ChoreParts): Chore => ({
  name: 'compare-store-with-log',
  run: async (signal, from) => {
    let done = 0;
    for await (const page of pages(parts.blobs.list(blobKeyPrefix, from ?? undefined))) {
      done += await judge(parts, page);
      if (signal.aborted) return { done, next: page.at(-1)?.key ?? null };
    }
    for await (const page of pages(parts.blobs.listUnfinished(blobKeyPrefix))) {
      done += await judge(parts, page);
      if (signal.aborted) break;
    }
    return { done, next: null };
  },
});

/** An attempt is known before its first byte is written, so what is not known here is not ours. */
async function judge({ sql, log }: ChoreParts, page: readonly BlobInfo[]): Promise<number> {
  const expected = await expectedData(
    sql,
    page.map(({ key }) => key),
  );
  let found = 0;
  for (const { key, size } of page) {
    const expectation = expected.get(key);
    if (expectation === 'used' || expectation === 'to be removed') continue;
    found += 1;
    if (expectation === 'unused') {
      await releaseData(sql, key);
      continue;
    }
    log.error({ event: 'unknown-blob', key, size }, 'the store has data that the log does not know');
    await sql.query('INSERT INTO quarantined_blobs (key, size) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING', [
      key,
      size,
    ]);
  }
  return found;
}

async function* pages(list: AsyncIterable<BlobInfo>): AsyncIterable<BlobInfo[]> {
  let page: BlobInfo[] = [];
  for await (const blob of list) {
    page.push(blob);
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
