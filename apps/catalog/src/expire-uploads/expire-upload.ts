import type { ImageEvent } from '@cloud-images/contracts';
import type { ImageState } from '@cloud-images/image-model';

// → queued: whoever received the data has not renewed its lease, so it is gone, and with it what it had received; or
// nobody has imported what lay ready.

export function expireUpload(attempt: string, state: ImageState): ImageEvent[] {
  if (!state.exists || state.upload?.attempt !== attempt) return [];
  const data = { image_id: state.id, attempt, key: state.upload.key, to: 'queued' } as const;
  if (state.status === 'uploading') return [{ type: 'ImageStagingExpired', data: { ...data, from: 'uploading' } }];
  if (state.status !== 'importing') return [{ type: 'ImageUploadExpired', data: { ...data, from: 'saving' } }];
  const reason = 'The worker was not heard of any more.';
  const task_id = state.importedBy ?? '';
  return [{ type: 'ImageImportFailed', data: { ...data, task_id, from: 'importing', reason } }];
}
