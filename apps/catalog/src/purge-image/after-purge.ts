import type { ImageEvent } from '@cloud-images/contracts';
import type { Command } from '@cloud-images/event-store';
import type { ImageState } from '@cloud-images/image-model';
import { neverMindPurge } from '../image/due-purges.js';
import { releaseData } from '../image/upload-leases.js';

/** The timer has nothing to wait for any more; the data may go once the downloads that had begun are over. */
export const afterPurge =
  (graceSeconds: number): NonNullable<Command<ImageState, ImageEvent>['alongside']> =>
  async (sql, { after }) => {
    if (!after.exists) return;
    await neverMindPurge(sql, after.id);
    if (after.data?.key) await releaseData(sql, after.data.key, graceSeconds);
  };
