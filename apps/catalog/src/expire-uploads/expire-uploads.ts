import { channel } from 'node:diagnostics_channel';
import { imageStream } from '@cloud-images/contracts';
import { batchSize, each, type ChoreParts } from '../housekeeping/chore-parts.js';
import type { Chore } from '../housekeeping/housekeeping.js';
import { ownMetadata } from '../housekeeping/own-metadata.js';
import { releaseUnderWay } from '../image/under-way.js';
import { expireLease, lapsedLeases, type Lease } from '../image/upload-leases.js';
import { expireUpload } from './expire-upload.js';

const recorded = channel('cloud-images:expiry.recorded');

class LeaseRenewed extends Error {
  override readonly name = 'LeaseRenewed';
}

export const expireUploads = (parts: ChoreParts): Chore => ({
  name: 'expire-uploads',
  run: async (signal) => each(await lapsedLeases(parts.sql, batchSize), parts, signal, (lease) => expire(parts, lease)),
});

/** The lease is looked at again in the transaction that expires it: a renewal meanwhile undoes the event. */
async function expire({ images, sql }: ChoreParts, { attempt, image_id }: Lease): Promise<boolean> {
  try {
    const { events } = await images.handle({
      stream: imageStream(image_id),
      metadata: ownMetadata(),
      decide: (state) => expireUpload(attempt, state),
      alongside: async (tx, change) => {
        if (!(await expireLease(tx, attempt))) throw new LeaseRenewed('the lease was renewed');
        await releaseUnderWay(tx, change);
      },
    });
    recorded.publish(undefined);
    // The attempt ended otherwise, and only its lease was left.
    if (events.length === 0) await expireLease(sql, attempt);
    return events.length > 0;
  } catch (error) {
    if (error instanceof LeaseRenewed) return false;
    throw error;
  }
}
