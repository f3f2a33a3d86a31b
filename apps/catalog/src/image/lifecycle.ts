import { Refusal, type ErrorCode, type ImageEvent } from '@cloud-images/contracts';
import type { Image, ImageStatus } from '@cloud-images/image-model';

/** From which statuses a fact can follow, and to which it leads. Every status change of an image is a row of this table. */
export const moves = {
  ImageUploadStarted: { from: ['queued'], to: ['saving'] },
  ImageStaged: { from: ['saving'], to: ['uploading'] },
  ImageStagingExpired: { from: ['uploading'], to: ['queued'] },
  ImageImportStarted: { from: ['queued', 'uploading'], to: ['importing'] },
  ImageImportFailed: { from: ['importing'], to: ['queued'] },
  ImageActivated: { from: ['queued', 'saving', 'importing'], to: ['active'] },
  ImageUploadFailed: { from: ['saving'], to: ['queued'] },
  ImageUploadExpired: { from: ['saving'], to: ['queued'] },
  ImageKilled: { from: ['saving'], to: ['killed'] },
  // From deactivated: an admin raises an owner's lock.
  ImageDeactivated: { from: ['active', 'deactivated'], to: ['deactivated'] },
  ImageReactivated: { from: ['deactivated'], to: ['active'] },
  // Only what has data is worth a time to restore it.
  ImageDeletionScheduled: { from: ['active', 'deactivated'], to: ['pending_delete'] },
  ImageRestored: { from: ['pending_delete'], to: ['active', 'deactivated'] },
  ImageDeleted: {
    from: ['queued', 'saving', 'killed', 'uploading', 'importing', 'active', 'deactivated'],
    to: ['deleted'],
  },
  ImagePurged: { from: ['pending_delete'], to: ['deleted'] },
} as const satisfies Partial<Record<ImageEvent['type'], { from: readonly ImageStatus[]; to: readonly ImageStatus[] }>>;

export type Move = keyof typeof moves;
type From<M extends Move> = (typeof moves)[M]['from'][number];

export const canMove = <M extends Move>(move: M, status: ImageStatus): status is From<M> =>
  (moves[move].from as readonly ImageStatus[]).includes(status);

/** The status that the image moves from; refuses with `code` when it can't make this move. */
export function movesFrom<M extends Move>(move: M, image: Image, code: ErrorCode): From<M> {
  const { status } = image;
  if (canMove(move, status)) return status;
  throw new Refusal(code, `The image is ${status}, which does not allow this.`);
}
