import { isOperator, type Identity, type ImageEvent } from '@cloud-images/contracts';
import type { Image } from '@cloud-images/image-model';
import { movesFrom } from '../image/lifecycle.js';

// Nobody reads the data of a deactivated image but admins. Who deactivated it says who may lift that; an admin's word
// on what its owner deactivated counts from then on.

export function deactivateImage(image: Image, by: Identity): ImageEvent[] {
  const from = movesFrom('ImageDeactivated', image, 'wrong-status');
  const lock = isOperator(by) ? 'admin' : 'owner';
  if (from === 'deactivated' && (image.lock === 'admin' || lock === 'owner')) return [];
  return [{ type: 'ImageDeactivated', data: { image_id: image.id, from, to: 'deactivated', lock } }];
}
