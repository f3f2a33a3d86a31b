import { Refusal, type ImageEvent } from '@cloud-images/contracts';
import type { Image } from '@cloud-images/image-model';
import { canMove, movesFrom } from '../image/lifecycle.js';
import { later } from '../image/time.js';

// An image with data can be restored for a while; one that never had any, or whose data is lost, is gone at once, as is
// every image where the site wants no delay. To clients both look the same.

export interface DeleteImage {
  /** How long the image can be restored, seconds. */
  readonly delay: number;
}

export function deleteImage({ delay }: DeleteImage, image: Image, now: string): ImageEvent[] {
  if (image.protected) throw new Refusal('image-protected', 'The image is protected and can not be deleted.');
  const image_id = image.id;
  if (delay > 0 && canMove('ImageDeletionScheduled', image.status)) {
    const purge_at = later(now, delay);
    return [{ type: 'ImageDeletionScheduled', data: { image_id, from: image.status, to: 'pending_delete', purge_at } }];
  }
  const from = movesFrom('ImageDeleted', image, 'status-conflict');
  return [{ type: 'ImageDeleted', data: { image_id, from, to: 'deleted', key: image.data?.key ?? null } }];
}
