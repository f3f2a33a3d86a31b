import type { ImageEvent } from '@cloud-images/contracts';
import { attemptEnded } from '../image/attempt-ended.js';
import type { ImageData, ImageState } from '@cloud-images/image-model';

// saving → uploading: what was received lies ready for an import. Repeating it is harmless; an attempt that does not own
// the image is told so and removes its data.

export interface StageData extends Omit<ImageData, 'key'> {
  readonly attempt: string;
  readonly content_format: string | null;
}

export function stageData({ attempt, ...data }: StageData, state: ImageState): ImageEvent[] {
  if (!state.exists || state.upload?.attempt !== attempt) throw attemptEnded(state);
  if (state.status === 'uploading') return [];
  if (state.status !== 'saving') throw attemptEnded(state);
  const { key } = state.upload;
  return [
    { type: 'ImageStaged', data: { image_id: state.id, attempt, key, from: 'saving', to: 'uploading', ...data } },
  ];
}
