import type { ImageEvent } from '@cloud-images/contracts';
import type { ImageState } from '@cloud-images/image-model';
import { blobFate } from '../image/blob-fate.js';

// Told once the blob of an image that is deleted for good is gone from the store, and not before.

export function imageDataRemoved(key: string, state: ImageState): ImageEvent[] {
  if (!state.exists || blobFate(state, key) !== 'deleted') return [];
  // What an upload had written when its image was deleted: as much as it had announced, at most.
  const size = state.data?.size ?? state.cutOff?.reserved ?? 0;
  return [{ type: 'ImageDataRemoved', data: { image_id: state.id, key, size } }];
}
