import type { ImageEvent } from '@cloud-images/contracts';
import type { ImageState } from '@cloud-images/image-model';

// saving → queued when the data did not come or could not be stored; → killed when data that was stored is not what was
// received. An attempt that does not own the image any more has nothing to say about it.

export interface FailUpload {
  readonly attempt: string;
  readonly reason: string;
  readonly killed: boolean;
}

export function failUpload({ attempt, reason, killed }: FailUpload, state: ImageState): ImageEvent[] {
  if (!state.exists || state.upload?.attempt !== attempt || state.status !== 'saving') return [];
  const data = { image_id: state.id, attempt, key: state.upload.key, from: 'saving', reason } as const;
  return killed
    ? [{ type: 'ImageKilled', data: { ...data, to: 'killed' } }]
    : [{ type: 'ImageUploadFailed', data: { ...data, to: 'queued' } }];
}
