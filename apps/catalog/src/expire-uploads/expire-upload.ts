import type { ImageEvent } from '@cloud-images/contracts';
import type { ImageState } from '@cloud-images/image-model';

// saving → queued: whoever received the data has not renewed its lease, so it is gone, and with it what it had received.

export function expireUpload(attempt: string, state: ImageState): ImageEvent[] {
  if (!state.exists || state.upload?.attempt !== attempt) return [];
  const { key } = state.upload;
  return [{ type: 'ImageUploadExpired', data: { image_id: state.id, attempt, key, from: 'saving', to: 'queued' } }];
}
