import type { ImageEvent } from '@cloud-images/contracts';
import { blobFate } from '../image/blob-fate.js';
import type { ImageState } from '../image/image.js';

// Told once the blob of an image that is deleted for good is gone from the store, and not before.

export function imageDataRemoved(key: string, state: ImageState): ImageEvent[] {
  if (!state.exists || state.data === null || blobFate(state, key) !== 'deleted') return [];
  return [{ type: 'ImageDataRemoved', data: { image_id: state.id, key, size: state.data.size } }];
}
