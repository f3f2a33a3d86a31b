import { Refusal, type ImageEvent } from '@cloud-images/contracts';
import { blobKeyOf } from '../image/blob-key.js';
import type { Image } from '@cloud-images/image-model';
import { canMove } from '../image/lifecycle.js';

// queued (web-download) or uploading (glance-direct) → importing. From here on the task owns the image. A task that comes
// again for the image that it has goes on with what it has.

export type ImportMethod = 'glance-direct' | 'web-download';

export interface BeginImport {
  readonly taskId: string;
  readonly method: ImportMethod;
  /** Drawn for it; what lies ready keeps its own. */
  readonly attempt: string;
}

const startsFrom = { 'glance-direct': 'uploading', 'web-download': 'queued' } as const;

/** Throws `Refusal` `status-conflict`, `formats-missing` when an import of this kind can't begin now. */
export function assertImportable(method: ImportMethod, image: Image): void {
  const { status, container_format, disk_format } = image;
  if (!canMove('ImageImportStarted', status) || status !== startsFrom[method]) {
    throw new Refusal('status-conflict', `The image is ${status}; ${method} needs it to be ${startsFrom[method]}.`);
  }
  if (container_format === null || disk_format === null) {
    throw new Refusal('status-conflict', 'Set disk_format and container_format before importing data.');
  }
}

export function beginImport({ taskId, method, attempt: fresh }: BeginImport, image: Image): ImageEvent[] {
  if (isDone(taskId, image) || (image.status === 'importing' && image.importedBy === taskId)) return [];
  assertImportable(method, image);
  const { attempt, key } = image.upload ?? { attempt: fresh, key: blobKeyOf(fresh) };
  const from = startsFrom[method];
  return [
    {
      type: 'ImageImportStarted',
      data: { image_id: image.id, task_id: taskId, method, attempt, key, from, to: 'importing' },
    },
  ];
}

/** An earlier run of the task came as far as to the end, and could not say so. */
export const isDone = (taskId: string, image: Image): boolean => image.importedBy === taskId && image.data !== null;
