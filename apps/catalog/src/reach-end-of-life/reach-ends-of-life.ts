import { imageStream } from '@cloud-images/contracts';
import { batchSize, each, type ChoreParts } from '../housekeeping/chore-parts.js';
import type { Chore } from '../housekeeping/housekeeping.js';
import { ownMetadata } from '../housekeeping/own-metadata.js';
import { dueEnds, endIsDone } from '../image/due-ends.js';
import { reachEndOfLife } from './reach-end-of-life.js';

export const reachEndsOfLife = (parts: ChoreParts): Chore => ({
  name: 'reach-ends-of-life',
  run: async (signal) =>
    each(await dueEnds(parts.sql, batchSize), parts, signal, async (imageId) => {
      const { events } = await parts.images.handle({
        stream: imageStream(imageId),
        metadata: ownMetadata(),
        decide: (state, { now }) => reachEndOfLife(state, now),
      });
      await endIsDone(parts.sql, imageId);
      return events.length > 0;
    }),
});
