import { Refusal, type ImageEvent } from '@cloud-images/contracts';
import type { ImageState } from '@cloud-images/image-model';
import type { NewImage } from './new-image.js';

// An id belongs to one image for ever, also after that image was deleted and purged. An image with `size` 0 is active at
// once; every other one waits for its data.

export interface CreateImage {
  readonly image: NewImage;
  /** The one that the creator gave, or one drawn for it. */
  readonly id: string;
}

export function createImage({ image, id }: CreateImage, state: ImageState): ImageEvent[] {
  if (state.exists) throw new Refusal('id-taken', 'An image with this id exists already, or did.');
  const { id: _given, empty, tags, properties, ...attributes } = image;
  const created: ImageEvent = {
    type: 'ImageCreated',
    data: {
      image_id: id,
      from: null,
      to: 'queued',
      ...attributes,
      tags: [...tags],
      properties: Object.fromEntries(properties),
    },
  };
  return empty ? [created, activatedEmpty(image, id)] : [created];
}

function activatedEmpty(image: NewImage, id: string): ImageEvent {
  if (image.container_format === null || image.disk_format === null) {
    throw new Refusal('formats-required', 'An image of size 0 needs disk_format and container_format.');
  }
  return {
    type: 'ImageActivated',
    data: { image_id: id, attempt: null, key: null, from: 'queued', to: 'active', virtual_size: null, ...noBytes },
  };
}

const noBytes = {
  size: 0,
  checksum: 'd41d8cd98f00b204e9800998ecf8427e',
  os_hash_algo: 'sha512',
  os_hash_value:
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
};
