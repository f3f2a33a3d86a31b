import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { MinioProcess, mc } from '../../../../test/support/minio-process.js';
import { BlobExists, BlobStoreUnavailable, type BlobStore } from '../port.js';
import { all, bytesOf, put } from '../testing/support.js';
import { prepareS3Bucket } from './bucket.js';
import { createS3BlobStore } from './store.js';

const patience = 60_000;
const deploy = fileURLToPath(new URL('../../../../deploy/minio/', import.meta.url));

describe('the policies of deploy/minio', () => {
  const minio = new MinioProcess();
  let gateway: BlobStore;
  let catalog: BlobStore;
  let audit: BlobStore;
  let locked: boolean[];

  beforeAll(async () => {
    await minio.start();
    const options = { ...minio.access, bucket: 'cloud-images' };
    await prepareS3Bucket(options);
    const checkpoints = { ...options, bucket: 'cloud-images-checkpoints' };
    locked = [await prepareS3Bucket(checkpoints, { lockDays: 1 }), await prepareS3Bucket(checkpoints, { lockDays: 2 })];
    const storeOf = (who: string, of = options): BlobStore => {
      const secretKey = randomBytes(20).toString('hex');
      mc(minio, ['admin', 'user', 'add', 'store', who, secretKey]);
      mc(minio, ['admin', 'policy', 'create', 'store', who, `${deploy}${who}-policy.json`]);
      mc(minio, ['admin', 'policy', 'attach', 'store', who, '--user', who]);
      return createS3BlobStore({ ...of, accessKey: who, secretKey });
    };
    gateway = storeOf('gateway');
    catalog = storeOf('catalog');
    audit = storeOf('audit', checkpoints);
  }, patience);
  afterAll(() => minio.stop());

  it('given the gateway, then it writes, reads, and takes back what it wrote', async () => {
    await gateway.check();
    await put(gateway, 'by/gateway', Buffer.from('data'));
    expect((await bytesOf(gateway, 'by/gateway')).toString()).toBe('data');
    expect(await gateway.stat('by/absent')).toBeNull();
    const writer = await gateway.writer('by/aborted');
    await writer.write(Buffer.from('x'));
    await writer.abort();
    expect(await gateway.delete('by/gateway')).toBe(true);
  });

  it('given the catalog, then it lists, deletes and aborts', async () => {
    await put(gateway, 'for/catalog', Buffer.from('data'));
    const open = await gateway.writer('for/aborting');
    await catalog.check();
    const seen = await gateway.stat('for/catalog');
    expect(await catalog.stat('for/catalog')).toEqual(seen);
    expect(await catalog.stat('for/cat')).toBeNull();
    expect((await all(catalog.list('for/'))).map(({ key }) => key)).toEqual(['for/catalog']);
    expect((await all(catalog.listUnfinished('for/'))).map(({ key }) => key)).toEqual(['for/aborting']);
    await catalog.abortUnfinished('for/aborting');
    await expect(open.commit()).rejects.toThrow();
    expect(await catalog.delete('for/catalog')).toBe(true);
    expect(await catalog.delete('for/catalog')).toBe(false);
  });

  it('given the catalog, then it reads and writes nothing', async () => {
    await put(gateway, 'not/for-catalog', Buffer.from('data'));
    await expect(catalog.read('not/for-catalog')).rejects.toThrow(BlobStoreUnavailable);
    await expect(put(catalog, 'not/by-catalog', Buffer.from('x'))).rejects.toThrow(BlobStoreUnavailable);
  });

  it('given audit, then it writes and reads checkpoints, never twice the same, and removes none', async () => {
    await put(audit, 'checkpoints/one', Buffer.from('signed'));
    expect((await bytesOf(audit, 'checkpoints/one')).toString()).toBe('signed');
    await expect(put(audit, 'checkpoints/one', Buffer.from('other'))).rejects.toThrow(BlobExists);
    await expect(audit.delete('checkpoints/one')).rejects.toThrow(BlobStoreUnavailable);
    expect((await bytesOf(audit, 'checkpoints/one')).toString()).toBe('signed');
  });

  it('given checkpoints, then not even the store’s own administrator removes one', async () => {
    await put(audit, 'checkpoints/two', Buffer.from('signed'));
    expect(locked).toEqual([true, true]);
    const version = JSON.parse(
      mc(minio, ['ls', '--json', '--versions', 'store/cloud-images-checkpoints/checkpoints/two']),
    ) as {
      versionId: string;
    };
    const path = 'store/cloud-images-checkpoints/checkpoints/two';
    expect(() => mc(minio, ['rm', '--bypass', '--version-id', version.versionId, path])).toThrow(
      /WORM|locked|protected/i,
    );
    expect(() => mc(minio, ['rb', '--force', 'store/cloud-images-checkpoints'])).toThrow();
    expect((await bytesOf(audit, 'checkpoints/two')).toString()).toBe('signed');
  });

  it('says of a bucket that was made without a lock that it has none', async () => {
    const options = { ...minio.access, bucket: 'made-before' };
    expect(await prepareS3Bucket(options)).toBe(false);
    expect(await prepareS3Bucket(options, { lockDays: 1 })).toBe(false);
  });
});
