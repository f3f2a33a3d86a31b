import type { SqlExecutor } from '@cloud-images/event-store';
import type { ImageState } from '@cloud-images/image-model';
import { releaseData } from './upload-leases.js';

/** Keys of what is being received for the image, and of what lies ready for an import that reworks it. */
export function keysUnderWay(image: ImageState): string[] {
  if (!image.exists) return [];
  const keys = [image.upload?.key, image.staged?.key].filter((key) => key !== undefined);
  return [...new Set(keys)];
}

/** What was under way before is so no more: it may be removed, but for what is the image's now. */
export async function releaseUnderWay(
  sql: SqlExecutor,
  { before, after }: { readonly before: ImageState; readonly after: ImageState },
): Promise<void> {
  const kept = new Set([...keysUnderWay(after), ...(after.exists ? [after.data?.key] : [])]);
  for (const key of keysUnderWay(before)) if (!kept.has(key)) await releaseData(sql, key);
}
