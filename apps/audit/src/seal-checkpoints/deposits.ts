import type { BlobStore } from '@cloud-images/blobs';
import { checkpointTopic } from '@cloud-images/contracts';
import { canonicalJson, checkpointDigest, type Checkpoint } from '@cloud-images/ledger';
import type { Publisher } from '@cloud-images/messaging';

/** Where checkpoints go, so that whoever changes the ledger would have to change them there too. */
export interface Deposit {
  readonly place: string;
  /** Idempotent. */
  put(checkpoint: Checkpoint): Promise<void>;
}

/** On the bus, for whoever follows. */
export const busDeposit = (publisher: Publisher): Deposit => ({
  place: 'bus',
  put: (checkpoint) =>
    publisher.publish([
      {
        topic: checkpointTopic,
        key: checkpoint.ledger,
        value: canonicalJson(checkpoint),
        headers: {
          'content-type': 'application/json',
          ce_specversion: '1.0',
          ce_id: checkpointDigest(checkpoint),
          ce_source: checkpoint.ledger,
          ce_type: 'cloud-images.checkpoint.CheckpointSigned.v1',
          ce_time: checkpoint.time,
          ce_subject: String(checkpoint.size),
        },
      },
    ]),
});

/** `checkpoints/<ledger>/<size in 16 digits>`: never written twice. */
export const blobKeyOf = ({ ledger, size }: Pick<Checkpoint, 'ledger' | 'size'>): string =>
  `checkpoints/${ledger}/${String(size).padStart(16, '0')}`;

export const blobDeposit = (store: BlobStore): Deposit => ({
  place: 'blobs',
  put: async (checkpoint) => {
    const bytes = Buffer.from(canonicalJson(checkpoint));
    const writer = await store.writer(blobKeyOf(checkpoint), { expectedSize: bytes.length });
    try {
      await writer.write(bytes);
      await writer.commit();
    } catch (error) {
      await writer.abort();
      // Put there before, and perhaps not noted.
      if ((error as Error).name !== 'BlobExists') throw error;
    }
  },
});
