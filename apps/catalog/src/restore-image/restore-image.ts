import { Refusal, type ImageEvent } from '@cloud-images/contracts';
import type { Image } from '@cloud-images/image-model';
import { movesFrom } from '../image/lifecycle.js';

// Takes a pending deletion back: the image has the status it had, and everything that was said about it.

export function restoreImage(image: Image): ImageEvent[] {
  const from = movesFrom('ImageRestored', image, 'status-conflict');
  if (image.deletion === null) throw new Refusal('status-conflict', 'The image has no deletion to take back.');
  return [{ type: 'ImageRestored', data: { image_id: image.id, from, to: image.deletion.from } }];
}
