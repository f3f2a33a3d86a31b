import type { ImageEvent } from '@cloud-images/contracts';
import { type ImageState, isDeleted, wholeSeconds } from '@cloud-images/image-model';

// The end of life that an admin set has come: a fact for those who are told of facts, once for each time that was set. To
// those who ask the image is nonstandard from the very second on, whether this was recorded yet or not.

export function reachEndOfLife(image: ImageState, now: string): ImageEvent[] {
  if (!image.exists || isDeleted(image.status)) return [];
  const end_of_life = image.properties.get('end_of_life');
  if (end_of_life === undefined || end_of_life > wholeSeconds(now) || image.ended === end_of_life) return [];
  return [{ type: 'ImageEndOfLifeReached', data: { image_id: image.id, end_of_life } }];
}
