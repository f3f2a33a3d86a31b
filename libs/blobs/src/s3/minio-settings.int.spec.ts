import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MinioProcess } from '../../../../test/support/minio-process.js';
import { BlobStoreUnavailable } from '../port.js';
import { bytesOf, put } from '../testing/support.js';
import { prepareS3Bucket } from './bucket.js';
import { S3Connection } from './connection.js';
import { createS3BlobStore } from './store.js';

const patience = 60_000;

describe('a MinIO that encrypts, behind a certificate of its own', () => {
  const certificates = mkdtempSync(join(tmpdir(), 'certificates-'));
  const key = `test-key:${randomBytes(32).toString('base64')}`;
  const args = ['--certs-dir', certificates];
  const minio = new MinioProcess({ scheme: 'https', args, env: { MINIO_KMS_SECRET_KEY: key } });

  beforeAll(async () => {
    const subject = ['-subj', '/CN=minio', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', join(certificates, 'private.key'), '-out', join(certificates, 'public.crt')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files], {
      stdio: 'ignore',
    });
    await minio.start();
  }, patience);
  afterAll(async () => {
    await minio.stop();
    rmSync(certificates, { recursive: true });
  });

  const trusting = () => ({
    ...minio.access,
    bucket: 'sealed',
    ca: readFileSync(join(certificates, 'public.crt'), 'utf8'),
    encryption: 'sse-s3' as const,
  });

  it(
    'given its certificate, then blobs are written and copied encrypted, and read as they were',
    async () => {
      await prepareS3Bucket(trusting());
      const store = createS3BlobStore(trusting());
      const data = randomBytes(9 * 1024 * 1024);
      await put(store, 'sealed/blob', data);
      expect((await bytesOf(store, 'sealed/blob')).equals(data)).toBe(true);
      const range = await bytesOf(store, 'sealed/blob', { start: 8_388_600, end: 8_388_620 });
      expect(range.equals(data.subarray(8_388_600, 8_388_621))).toBe(true);
      await store.copy('sealed/blob', 'sealed/copy');
      expect((await bytesOf(store, 'sealed/copy')).equals(data)).toBe(true);
      for (const one of ['sealed/blob', 'sealed/copy']) {
        const { headers } = await new S3Connection(trusting()).call({ method: 'HEAD', key: one });
        expect(headers['x-amz-server-side-encryption']).toBe('AES256');
      }
    },
    patience,
  );

  it(
    'given nobody who vouches for it, then it is not believed',
    async () => {
      const { ca: _, ...rest } = trusting();
      const wary = createS3BlobStore(rest);
      await expect(wary.check()).rejects.toThrow(BlobStoreUnavailable);
      await expect(wary.read('sealed/blob')).rejects.toThrow(BlobStoreUnavailable);
    },
    patience,
  );
});
