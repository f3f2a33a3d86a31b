import { Refusal, type ImageEvent } from '@cloud-images/contracts';
import type { Image } from '@cloud-images/image-model';
import { assertWithinLimits, type SiteRules } from '../image/site-rules.js';

// Tags are a set, of at most 128 where the site says nothing else: adding one that is there changes nothing.

export function tagImage(tag: string, image: Image, rules: SiteRules): ImageEvent[] {
  const complaint = rules.valid({ tags: [tag] });
  if (complaint !== null) throw new Refusal('schema-violation', complaint);
  if (image.tags.includes(tag)) return [];
  assertWithinLimits({ tags: image.tags.length + 1, properties: 0 }, rules.limitsOf(image.owner));
  return [{ type: 'ImageTagged', data: { image_id: image.id, tag } }];
}
