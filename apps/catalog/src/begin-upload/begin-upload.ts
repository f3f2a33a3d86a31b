import { Refusal, type ImageEvent } from '@cloud-images/contracts';
import type { Image } from '@cloud-images/image-model';
import { blobKeyOf } from '../image/blob-key.js';
import { movesFrom } from '../image/lifecycle.js';

// queued → saving. From here on the attempt owns the image, and its key is known to the log before the first byte is
// written, so that nothing in the store is ever without an owner.

export function beginUpload(attempt: string, declaredSize: number | null, image: Image): ImageEvent[] {
  const from = movesFrom('ImageUploadStarted', image, 'status-conflict');
  if (image.container_format === null || image.disk_format === null) {
    throw new Refusal('formats-required', 'Set disk_format and container_format before sending data.');
  }
  const key = blobKeyOf(attempt);
  const announced = declaredSize === null ? {} : { declared_size: declaredSize };
  return [{ type: 'ImageUploadStarted', data: { image_id: image.id, attempt, key, from, to: 'saving', ...announced } }];
}

/** A length that is known beforehand need not be read to be refused. */
export function assertDeclaredSize(size: number | null, most: number): void {
  if (size !== null && size > most) throw new Refusal('image-too-large', `An image can have ${most} bytes at most.`);
}
