import { Refusal, type ImageEvent } from '@cloud-images/contracts';
import type { Image } from '@cloud-images/image-model';

// Unlike adding, removing a tag is not idempotent for clients: one that is absent is not found.

export function untagImage(tag: string, image: Image): ImageEvent[] {
  if (!image.tags.includes(tag)) throw new Refusal('not-found', 'The image has no such tag.');
  return [{ type: 'ImageUntagged', data: { image_id: image.id, tag } }];
}
