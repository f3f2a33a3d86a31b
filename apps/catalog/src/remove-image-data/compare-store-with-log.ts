import type { BlobInfo } from '@cloud-images/blobs';
import type { ChoreParts } from '../housekeeping/chore-parts.js';
import type { Chore } from '../housekeeping/housekeeping.js';
import { blobKeyPrefix } from '../image/blob-key.js';
import { expectedData, releaseData } from '../image/upload-leases.js';

const pageSize = 500;

/**
 * Looks through the whole store: what appeared under the key of an ended attempt (a gateway that was paused may publish
 * late) goes onto the list of what to remove; what belongs to no attempt at all is quarantined: reported, and left alone.
 */
export const compareStoreWithLog = (parts: ChoreParts, every: number): Chore => ({
  name: 'compare the store with the log',
  every,
  run: async (signal) => {
    let found = 0;
    for (const list of [parts.blobs.list(blobKeyPrefix), parts.blobs.listUnfinished(blobKeyPrefix)]) {
      for await (const page of pages(list)) {
        if (signal.aborted) return found;
        found += await judge(parts, page);
      }
    }
    return found;
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
