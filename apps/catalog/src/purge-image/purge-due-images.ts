import { imageStream } from '@cloud-images/contracts';
import { batchSize, each, type ChoreParts } from '../housekeeping/chore-parts.js';
import type { Chore } from '../housekeeping/housekeeping.js';
import { ownMetadata } from '../housekeeping/own-metadata.js';
import { duePurges } from '../image/due-purges.js';
import { afterPurge } from './after-purge.js';
import { purgeWhenDue } from './purge-image.js';

export const purgeDueImages = (parts: ChoreParts, graceSeconds: number): Chore => ({
  name: 'purge-due-images',
  run: async (signal) =>
    each(await duePurges(parts.sql, batchSize), parts, signal, async (imageId) => {
      const { events } = await parts.images.handle({
        stream: imageStream(imageId),
        metadata: ownMetadata(),
        decide: (state, { now }) => (state.exists ? purgeWhenDue(state, now) : []),
        alongside: afterPurge(graceSeconds),
      });
      return events.length > 0;
    }),
});
