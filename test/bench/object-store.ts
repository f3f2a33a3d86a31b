// The MinIO under a run on S3: the one that CLOUD_IMAGES_TEST_S3 names, or a process of our own of the program that
// CLOUD_IMAGES_TEST_MINIO names.
import { randomUUID } from 'node:crypto';
import { Client } from 'minio';
import { MinioProcess } from '../support/minio-process.ts';
import { testS3 } from '../support/s3-server.ts';

export interface ObjectStore {
  /** With credentials. */
  readonly url: string;
  /** Made by the migration of a subject. */
  readonly bucket: string;
  /** Its process, when it is ours. */
  readonly pids: readonly number[];
  /** What the services and the migration are told. */
  readonly settings: Readonly<Record<string, string>>;
  presign(method: string, key: string): Promise<string>;
  remove(key: string): Promise<void>;
  stop(): Promise<void>;
}

/** Why there can be no run on S3 here; null when there can. */
export const withoutObjectStore = (): string | null =>
  process.env['CLOUD_IMAGES_TEST_S3'] || process.env['CLOUD_IMAGES_TEST_MINIO']
    ? null
    : 'neither CLOUD_IMAGES_TEST_S3 (a URL with credentials) nor CLOUD_IMAGES_TEST_MINIO (a program) is set';

export async function openObjectStore(): Promise<ObjectStore> {
  const own = process.env['CLOUD_IMAGES_TEST_S3'] ? null : await new MinioProcess().start();
  const { endpoint, accessKey, secretKey, region } = own?.access ?? testS3();
  const { hostname, port } = new URL(endpoint);
  const bucket = `bench-${randomUUID()}`;
  const useSSL = endpoint.startsWith('https:');
  const client = new Client({ endPoint: hostname, port: Number(port), useSSL, accessKey, secretKey, region });
  return {
    url: endpoint.replace('://', `://${encodeURIComponent(accessKey)}:${encodeURIComponent(secretKey)}@`),
    bucket,
    pids: own ? [own.pid] : [],
    settings: {
      CLOUD_IMAGES_BLOBS_KIND: 's3',
      CLOUD_IMAGES_BLOBS_S3_ENDPOINT: endpoint,
      CLOUD_IMAGES_BLOBS_S3_BUCKET: bucket,
      CLOUD_IMAGES_BLOBS_S3_ACCESS_KEY: accessKey,
      CLOUD_IMAGES_BLOBS_S3_SECRET_KEY: secretKey,
    },
    presign: (method, key) => client.presignedUrl(method, bucket, key, 3_600),
    remove: (key) => client.removeObject(bucket, key),
    stop: async () => {
      if (own) return own.stop();
      const left: string[] = [];
      for await (const item of client.listObjectsV2(bucket, '', true)) left.push((item as { name: string }).name);
      for (const key of left) await client.removeObject(bucket, key);
      await client.removeBucket(bucket);
    },
  };
}
