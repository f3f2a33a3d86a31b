import { isOperator, Refusal, type Identity, type ImageEvent } from '@cloud-images/contracts';
import type { Image } from '@cloud-images/image-model';
import { movesFrom } from '../image/lifecycle.js';

// Makes a pending deletion final. What an admin deactivated stays for the investigation until an admin purges it or its
// time is over.

export function purgeImage(image: Image, by: Identity): ImageEvent[] {
  const facts = purged(image);
  if (image.lock === 'admin' && !isOperator(by)) {
    throw new Refusal('forbidden', 'The image was deactivated by an administrator, who alone can purge it.');
  }
  return facts;
}

/** When its time is over; nothing when it was restored, purged or deleted anew in between. */
export function purgeWhenDue(image: Image, now: string): ImageEvent[] {
  if (image.status !== 'pending_delete' || image.deletion === null) return [];
  return Date.parse(image.deletion.purge_at) <= Date.parse(now) ? purged(image) : [];
}

function purged(image: Image): ImageEvent[] {
  const from = movesFrom('ImagePurged', image, 'status-conflict');
  const key = image.data?.key ?? null;
  return [{ type: 'ImagePurged', data: { image_id: image.id, from, to: 'deleted', key } }];
}
