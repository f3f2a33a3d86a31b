import type { ImageState } from '@cloud-images/image-model';

/**
 * What the log says of a key that lies (or may lie) in the store: in use by its image or by an upload under way; the data
 * of an image that is deleted for good, whole or cut off; left by an attempt that ended; or not known to the log at all.
 */
export type BlobFate = 'used' | 'deleted' | 'left behind' | 'unknown';

export function blobFate(state: ImageState, key: string): BlobFate {
  if (!state.exists) return 'unknown';
  if (state.upload?.key === key || state.staged?.key === key) return 'used';
  if (state.cutOff?.key === key) return 'deleted';
  if (state.data?.key !== key) return 'left behind';
  return state.status === 'deleted' ? 'deleted' : 'used';
}
