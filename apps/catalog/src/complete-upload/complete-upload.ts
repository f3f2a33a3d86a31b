import type { ImageEvent } from '@cloud-images/contracts';
import type { Image, ImageData, ImageState } from '@cloud-images/image-model';
import { attemptEnded } from '../image/attempt-ended.js';
import { blobKeyOf } from '../image/blob-key.js';
import { movesFrom } from '../image/lifecycle.js';

// saving, or importing, → active, with what was counted and hashed on the way into the store. Repeating it is harmless; an attempt that
// does not own the image (it expired, another one began, the image was deleted) is told so and removes its data.

export interface CompleteUpload extends Omit<ImageData, 'key'> {
  readonly attempt: string;
  readonly content_format: string | null;
  /** What an import has converted the disk to; it is bare then. Left out: as it was. */
  readonly disk_format?: string | undefined;
}

export function completeUpload({ attempt, disk_format, ...data }: CompleteUpload, state: ImageState): ImageEvent[] {
  // What lies ready for an import becomes the image's data by that import alone.
  if (state.exists && state.upload?.attempt === attempt && state.status !== 'uploading') {
    const { key } = state.upload;
    const from = movesFrom('ImageActivated', state, 'status-conflict');
    return [
      ...(disk_format === undefined ? [] : changedFormats(state, disk_format)),
      { type: 'ImageActivated', data: { image_id: state.id, attempt, key, from, to: 'active', ...data } },
    ];
  }
  if (state.exists && state.data?.key === blobKeyOf(attempt)) return [];
  throw attemptEnded(state);
}

function changedFormats({ id: image_id, container_format, disk_format }: Image, converted: string): ImageEvent[] {
  const container: ImageEvent = {
    type: 'ImageContainerFormatChanged',
    data: { image_id, from: container_format, to: 'bare' },
  };
  const disk: ImageEvent = { type: 'ImageDiskFormatChanged', data: { image_id, from: disk_format, to: converted } };
  return [...(container_format === 'bare' ? [] : [container]), ...(disk_format === converted ? [] : [disk])];
}
