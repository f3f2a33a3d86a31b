import type { ImageEvent } from '@cloud-images/contracts';
import type { ImageState } from '@cloud-images/image-model';
import { canMove } from '../image/lifecycle.js';

// An image that a task made, which then failed or was cancelled: gone at once, whatever it had become by then. What its
// owner has deleted meanwhile stays deleted as the owner did it.

export function discardImport(state: ImageState): ImageEvent[] {
  if (!state.exists || !canMove('ImageDeleted', state.status)) return [];
  const from = state.status as Extract<ImageEvent, { type: 'ImageDeleted' }>['data']['from'];
  return [{ type: 'ImageDeleted', data: { image_id: state.id, from, to: 'deleted', key: state.data?.key ?? null } }];
}
