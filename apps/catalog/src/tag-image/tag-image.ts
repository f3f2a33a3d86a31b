import { Refusal, type ImageEvent } from '@cloud-images/contracts';
import { assertWithinLimits } from '../image/attribute-names.js';
import type { ImageValidator } from '../image/image-schema.js';
import type { Image } from '../image/image.js';

// Tags are a set of at most 128: adding one that is there changes nothing.

export function tagImage(tag: string, image: Image, valid: ImageValidator): ImageEvent[] {
  const complaint = valid({ tags: [tag] });
  if (complaint !== null) throw new Refusal('schema-violation', complaint);
  if (image.tags.includes(tag)) return [];
  assertWithinLimits({ tags: image.tags.length + 1, properties: 0 });
  return [{ type: 'ImageTagged', data: { image_id: image.id, tag } }];
}
