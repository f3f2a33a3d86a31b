import { S3Connection } from './connection.js';
import { failureOf, translating } from './failure.js';
import type { S3BlobStoreOptions } from './options.js';
import { persistently } from './persistently.js';

/** Owned by us since an earlier run, or made by another one at this moment. */
const there = new Set(['BucketAlreadyOwnedByYou', 'BucketAlreadyExists']);

export interface BucketUse {
  /**
   * For so many days nobody removes or replaces what was written, its administrator included. Only a bucket that is made now
   * can be locked, and not in every store: where it is not, it stays as it is.
   */
  readonly lockDays?: number;
}

/**
 * Makes the bucket when it is missing, closed to the public, encrypting and locked when asked. Idempotent. Says whether what is
 * written there is locked.
 */
export async function prepareS3Bucket(options: S3BlobStoreOptions, { lockDays }: BucketUse = {}): Promise<boolean> {
  const on = new S3Connection(options);
  const { signer, bucket } = on;
  return translating(async () => {
    await persistently(on, async () => {
      if (await signer.bucketExists(bucket)) return;
      await signer.makeBucket(bucket, options.region, lockDays === undefined ? {} : { ObjectLocking: true });
    }).catch((error: unknown) => {
      if (!there.has(failureOf(error).code)) throw error;
    });
    if (options.encryption === 'sse-s3') await persistently(on, () => signer.setBucketEncryption(bucket));
    // An empty policy takes away whatever was granted to the public before.
    await persistently(on, () => signer.setBucketPolicy(bucket, ''));
    return lockDays !== undefined && (await lock(on, lockDays));
  });
}

type LockConfig = Parameters<S3Connection['signer']['setObjectLockConfig']>[1];

/** Of what is written from now on; what is locked already keeps its own time. */
async function lock(on: S3Connection, days: number): Promise<boolean> {
  const { signer, bucket } = on;
  try {
    // The package names these by enums that it does not export.
    const forDays = { mode: 'COMPLIANCE', unit: 'Days', validity: days } as unknown as LockConfig;
    await persistently(on, () => Promise.resolve(signer.setObjectLockConfig(bucket, forDays)));
    return true;
  } catch (error) {
    if (cannotLock.has(failureOf(error).code)) return false;
    throw error;
  }
}

/** What stores say that lock nothing, or not this bucket. */
const cannotLock = new Set([
  'ObjectLockConfigurationNotFoundError',
  'ObjectLockConfigurationNotAllowed',
  'InvalidBucketState',
  'NotImplemented',
  'MethodNotAllowed',
]);
