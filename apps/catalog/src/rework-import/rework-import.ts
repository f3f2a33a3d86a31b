import { Refusal, type ImageEvent } from '@cloud-images/contracts';
import type { ImageState } from '@cloud-images/image-model';
import { blobKeyOf } from '../image/blob-key.js';

// What lies ready is decompressed or converted by the task that owns the image. Each run receives what comes of it under a
// key of its own, so that a run that was given up and is still writing can not disturb the next one; what lies ready stays.

export interface ReworkImport {
  readonly taskId: string;
  /** Drawn for it. */
  readonly attempt: string;
}

export function reworkImport({ taskId, attempt }: ReworkImport, state: ImageState): ImageEvent[] {
  if (!state.exists || state.status !== 'importing' || state.importedBy !== taskId || state.staged === null) {
    throw new Refusal('attempt-superseded', 'The import does not own the image any more.');
  }
  const data = { image_id: state.id, task_id: taskId, attempt, key: blobKeyOf(attempt) };
  return [{ type: 'ImageImportReworkStarted', data }];
}
