import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withBlobStore } from './blob-store-config.js';
import { ConfigError, loadConfig } from './load-config.js';

class StoringConfig extends withBlobStore(Object) {}

const s3 = {
  CLOUD_IMAGES_BLOBS_KIND: 's3',
  CLOUD_IMAGES_BLOBS_S3_ENDPOINT: 'https://objects.example:9000',
  CLOUD_IMAGES_BLOBS_S3_BUCKET: 'cloud-images',
  CLOUD_IMAGES_BLOBS_S3_ACCESS_KEY: 'gateway',
  CLOUD_IMAGES_BLOBS_S3_SECRET_KEY: 'hunter2hunter2',
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(StoringConfig, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration of a blob store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'blob-store-config-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('given a directory, then that is all it needs', () => {
    const config = loadConfig(StoringConfig, {
      CLOUD_IMAGES_BLOBS_KIND: 'filesystem',
      CLOUD_IMAGES_BLOBS_DIR: '/data',
    });
    expect(config.blobStore()).toEqual({ kind: 'filesystem', dir: '/data' });
  });

  it('given a bucket, then the rest has a default', () => {
    expect(loadConfig(StoringConfig, s3).blobStore()).toEqual({
      kind: 's3',
      s3: {
        endpoint: 'https://objects.example:9000',
        region: 'us-east-1',
        bucket: 'cloud-images',
        accessKey: 'gateway',
        secretKey: 'hunter2hunter2',
        pathStyle: true,
        caFile: '',
        encryption: 'none',
      },
    });
  });

  it('takes the keys from files', () => {
    const file = join(directory, 'secret');
    writeFileSync(file, 'from-a-file\n');
    const { CLOUD_IMAGES_BLOBS_S3_SECRET_KEY: _, ...rest } = s3;
    const config = loadConfig(StoringConfig, { ...rest, CLOUD_IMAGES_BLOBS_S3_SECRET_KEY_FILE: file });
    expect(config.blobsS3SecretKey).toBe('from-a-file');
  });

  it('given nothing of what a kind needs, then all of it is named at once', () => {
    expect(problemsOf({})).toEqual(['CLOUD_IMAGES_BLOBS_KIND is not set']);
    expect(problemsOf({ CLOUD_IMAGES_BLOBS_KIND: 'filesystem' })).toEqual(['CLOUD_IMAGES_BLOBS_DIR is not set']);
    expect(problemsOf({ CLOUD_IMAGES_BLOBS_KIND: 's3' })).toEqual(
      ['ENDPOINT', 'BUCKET', 'ACCESS_KEY', 'SECRET_KEY'].map((name) => `CLOUD_IMAGES_BLOBS_S3_${name} is not set`),
    );
  });

  it.each([
    ['ENDPOINT', 'objects.example'],
    ['ENDPOINT', 'ftp://objects.example'],
    ['ENDPOINT', 'http://key:secret@objects.example'],
    ['ENDPOINT', 'http://objects.example/path'],
    ['BUCKET', 'Not A Bucket'],
    ['PATH_STYLE', 'perhaps'],
    ['CA_FILE', '/no/such/file'],
    ['ENCRYPTION', 'rot13'],
  ])('given %s=%s, then it is refused by name, and no secret is shown', (name, value) => {
    const problems = problemsOf({ ...s3, [`CLOUD_IMAGES_BLOBS_S3_${name}`]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      new RegExp(`^CLOUD_IMAGES_BLOBS_S3_${name} must be|^CLOUD_IMAGES_BLOBS_S3_${name} must name`),
    );
    expect(problems.join()).not.toMatch(/hunter2|key:secret/);
  });
});
