import type { ImageEvent } from '@cloud-images/contracts';
import type { ImageState } from '@cloud-images/image-model';

// importing → queued: the task's import came to nothing. A task that does not own the image has nothing to say about it.

export function failImport(taskId: string, reason: string, state: ImageState): ImageEvent[] {
  if (!state.exists || state.status !== 'importing' || state.importedBy !== taskId || state.upload === null) return [];
  const { attempt, key } = state.upload;
  return [
    {
      type: 'ImageImportFailed',
      data: { image_id: state.id, task_id: taskId, attempt, key, from: 'importing', to: 'queued', reason },
    },
  ];
}
