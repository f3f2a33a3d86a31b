import { channel } from 'node:diagnostics_channel';
import { imageStream } from '@cloud-images/contracts';
import { batchSize, each, type ChoreParts } from '../housekeeping/chore-parts.js';
import type { Chore } from '../housekeeping/housekeeping.js';
import { ownMetadata } from '../housekeeping/own-metadata.js';
import { blobFate } from '../image/blob-fate.js';
import { forgetData, keepData, removableData, type Lease } from '../image/upload-leases.js';
import { imageDataRemoved } from './remove-image-data.js';

const begun = channel('cloud-images:removal.begun');
const deleted = channel('cloud-images:removal.deleted');
const recorded = channel('cloud-images:removal.recorded');

export const removeUnusedData = (parts: ChoreParts): Chore => ({
  name: 'remove-unused-data',
  run: async (signal) =>
    each(await removableData(parts.sql, batchSize), parts, signal, (lease) => remove(parts, lease)),
});

/** Only what the log says is used no more: the list says when to look, the log decides. */
export async function remove({ images, blobs, sql }: ChoreParts, { image_id, key }: Lease): Promise<boolean> {
  const stream = imageStream(image_id);
  const { state } = await images.load(stream);
  const fate = blobFate(state, key);
  if (fate === 'used' || fate === 'unknown') {
    await keepData(sql, key);
    return false;
  }
  begun.publish(undefined);
  // An upload that is still writing can not publish its data after this.
  await blobs.abortUnfinished(key);
  await blobs.delete(key);
  if ((await blobs.stat(key)) !== null) throw new Error('a blob is still there after its removal');
  deleted.publish(undefined);
  if (fate === 'deleted') {
    await images.handle({
      stream,
      metadata: ownMetadata(),
      decide: (now) => imageDataRemoved(key, now),
    });
  }
  recorded.publish(undefined);
  await forgetData(sql, key);
  return true;
}
