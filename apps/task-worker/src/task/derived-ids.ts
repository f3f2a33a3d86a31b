import { createHash } from 'node:crypto';

// Ids of what a task makes follow from the task's own: whoever takes it over finds what the one before has made, without a
// word from it.

/** A UUID (version 8: of our own making) that is the same for the same texts. */
function derived(...parts: readonly (string | number)[]): string {
  const hash = createHash('sha256')
    .update(['cloud-images', ...parts].join('\n'))
    .digest('hex');
  const variant = '89ab'[Number.parseInt(hash[16]!, 16) & 3];
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}

/** The image that an import makes; the next one once an earlier was discarded, for the id of an image is never used again. */
export const importedImageId = (taskId: string, nth: number): string => derived(taskId, 'image', nth);

/** The upload attempt of one run. */
export const attemptId = (taskId: string, run: number): string => derived(taskId, 'attempt', run);
