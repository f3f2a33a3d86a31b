import { isOperator, Refusal, type Identity, type ImageEvent } from '@cloud-images/contracts';
import type { Image } from '@cloud-images/image-model';
import { movesFrom } from '../image/lifecycle.js';

// Lifts a deactivation; one by an admin only for an admin. An image that is active is left as it is.

export function reactivateImage(image: Image, by: Identity): ImageEvent[] {
  if (image.status === 'active') return [];
  const from = movesFrom('ImageReactivated', image, 'wrong-status');
  if (image.lock === 'admin' && !isOperator(by)) {
    throw new Refusal('forbidden', 'The image was deactivated by an administrator, who alone can reactivate it.');
  }
  return [{ type: 'ImageReactivated', data: { image_id: image.id, from, to: 'active' } }];
}
