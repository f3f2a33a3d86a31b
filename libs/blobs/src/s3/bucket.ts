import { S3Connection } from './connection.js';
import { failureOf, translating } from './failure.js';
import type { S3BlobStoreOptions } from './options.js';
import { persistently } from './persistently.js';

/** Owned by us since an earlier run, or made by another one at this moment. */
const there = new Set(['BucketAlreadyOwnedByYou', 'BucketAlreadyExists']);

/** Makes the bucket when it is missing, closed to the public and encrypting when asked. Idempotent. */
export async function prepareS3Bucket(options: S3BlobStoreOptions): Promise<void> {
  const on = new S3Connection(options);
  const { signer, bucket } = on;
  await translating(async () => {
    await persistently(on, async () => {
      if (!(await signer.bucketExists(bucket))) await signer.makeBucket(bucket, options.region);
    }).catch((error: unknown) => {
      if (!there.has(failureOf(error).code)) throw error;
    });
    if (options.encryption === 'sse-s3') await persistently(on, () => signer.setBucketEncryption(bucket));
    // An empty policy takes away whatever was granted to the public before.
    await persistently(on, () => signer.setBucketPolicy(bucket, ''));
  });
}
