import { isCloudService, Refusal, type Identity, type ImageEvent } from '@cloud-images/contracts';
import type { Image } from '@cloud-images/image-model';
import { movesFrom } from '../image/lifecycle.js';

// No store of ours takes data that already lies somewhere: every byte of an image was counted and hashed on its way in.
// So nothing is ever recorded here, and each caller is told what keeps it from doing this.

export function addLocation(identity: Identity, image: Image): ImageEvent[] {
  if (!isCloudService(identity)) {
    throw new Refusal('forbidden', 'Locations are added by services only; send the data to the image instead.');
  }
  movesFrom('ImageUploadStarted', image, 'status-conflict');
  throw new Refusal('unsupported-location', 'No store of this site takes data by location; send it to the image.');
}
