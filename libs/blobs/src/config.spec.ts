import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { config } from './config.js';

const s3 = {
  CLOUD_IMAGES_BLOBS_KIND: 's3',
  CLOUD_IMAGES_BLOBS_S3_ENDPOINT: 'http://minio:9000',
  CLOUD_IMAGES_BLOBS_S3_BUCKET: 'cloud-images',
  CLOUD_IMAGES_BLOBS_S3_ACCESS_KEY: 'access',
  CLOUD_IMAGES_BLOBS_S3_SECRET_KEY: 'hunter2',
};

describe('the migration of the blob store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'blobs-config-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([{}, { CLOUD_IMAGES_BLOBS_KIND: 'filesystem' }])('given %j, then there is nothing to make', (env) => {
    expect(config(env)).toBeNull();
  });

  it('reads what the services read, secrets from files too', () => {
    const file = join(directory, 'secret');
    writeFileSync(file, 'from-a-file\n');
    const { CLOUD_IMAGES_BLOBS_S3_SECRET_KEY: _, ...rest } = s3;
    expect(
      config({
        ...rest,
        CLOUD_IMAGES_BLOBS_S3_SECRET_KEY_FILE: file,
        CLOUD_IMAGES_BLOBS_S3_PATH_STYLE: 'false',
        CLOUD_IMAGES_BLOBS_S3_ENCRYPTION: 'sse-s3',
      }),
    ).toEqual({
      endpoint: 'http://minio:9000',
      region: 'us-east-1',
      bucket: 'cloud-images',
      accessKey: 'access',
      secretKey: 'from-a-file',
      pathStyle: false,
      encryption: 'sse-s3',
    });
  });

  it('given several problems, then all are named, and no value is', () => {
    const env = { ...s3, CLOUD_IMAGES_BLOBS_S3_BUCKET: '', CLOUD_IMAGES_BLOBS_S3_ENCRYPTION: 'rot13' };
    expect(() => config(env)).toThrow(/S3_BUCKET is not set\n.*S3_ENCRYPTION must be one of none, sse-s3/);
    expect(() => config(env)).not.toThrow(/hunter2|rot13/);
  });
});
