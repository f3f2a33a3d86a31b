import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MinioProcess } from '../../../../test/support/minio-process.js';
import { BlobStoreUnavailable, type BlobStore } from '../port.js';
import { all, put } from '../testing/support.js';
import { prepareS3Bucket } from './bucket.js';
import type { S3BlobStoreOptions } from './options.js';
import { createS3BlobStore } from './store.js';

const mebibyte = 1024 * 1024;
const data = randomBytes(24 * mebibyte);
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

const patience = 120_000;

describe('a MinIO that is killed', () => {
  const minio = new MinioProcess();
  let store: BlobStore;
  let options: S3BlobStoreOptions;

  beforeAll(async () => {
    await minio.start();
    options = { ...minio.access, bucket: 'faults' };
    await prepareS3Bucket(options);
    store = createS3BlobStore(options);
  }, patience);
  afterAll(() => minio.stop());

  async function contentOf(key: string): Promise<string> {
    return digest(Buffer.concat(await (await store.read(key)).toArray()));
  }

  async function assertNothingAt(key: string): Promise<void> {
    expect(await store.stat(key)).toBeNull();
    expect(await all(store.list(key))).toEqual([]);
    expect(await all(store.listUnfinished(key))).toEqual([]);
  }

  it(
    'given a death in the middle of an upload, then it fails as unavailable, and its parts go by its key',
    async () => {
      const writer = await store.writer('torn/upload');
      await writer.write(data.subarray(0, 17 * mebibyte));
      await minio.kill();
      const ended = (async () => {
        await writer.write(data.subarray(17 * mebibyte));
        return writer.commit();
      })();
      await expect(ended).rejects.toThrow(BlobStoreUnavailable);
      await expect(writer.abort()).rejects.toThrow(BlobStoreUnavailable);
      await minio.start();
      expect(await store.stat('torn/upload')).toBeNull();
      await store.abortUnfinished('torn/upload');
      await assertNothingAt('torn/upload');
      expect(minio.partsLeft).toEqual([]);
    },
    patience,
  );

  it(
    'given a restart in the middle of an upload, then the upload ends well',
    async () => {
      // Its patience is for a machine that is busy with other tests.
      const writer = await createS3BlobStore({ ...options, timeoutMs: 120_000 }).writer('survived/upload');
      await writer.write(data.subarray(0, 9 * mebibyte));
      await minio.kill();
      const ended = (async () => {
        await writer.write(data.subarray(9 * mebibyte));
        return writer.commit();
      })();
      await minio.start();
      expect((await ended).size).toBe(data.length);
      expect(await contentOf('survived/upload')).toBe(digest(data));
    },
    patience,
  );

  it(
    'given deaths around a commit, then each blob stands whole or not at all',
    async () => {
      const tally = { stands: 0, gone: 0 };
      for (let round = 0; round < 8; round++) {
        const key = `commit/${round}`;
        const writer = await store.writer(key);
        await writer.write(data.subarray(0, 9 * mebibyte));
        const committed = writer.commit().then(
          () => true,
          () => false,
        );
        await sleep(round * 12);
        await minio.kill();
        // Long enough down for a commit to give up in every other round.
        await sleep(round % 2 === 0 ? 0 : 6_000);
        await minio.start();
        const stands = await committed;
        if (!stands) await writer.abort();
        expect((await store.stat(key)) !== null).toBe(stands);
        if (stands) expect(await contentOf(key)).toBe(digest(data.subarray(0, 9 * mebibyte)));
        tally[stands ? 'stands' : 'gone'] += 1;
      }
      expect(minio.partsLeft).toEqual([]);
      expect(tally.stands).toBeGreaterThan(0);
    },
    patience,
  );

  it(
    'given deaths around a copy, then it stands whole, or not at all and its key tells what is left of it',
    async () => {
      await put(store, 'copy/from', data);
      for (let round = 0; round < 2; round++) {
        const key = `copy/to-${round}`;
        const copied = store.copy('copy/from', key).then(
          () => true,
          () => false,
        );
        await sleep(5 + round * 15);
        await minio.kill();
        // Long enough down for a copy to give up in the last round.
        await sleep(round * 6_000);
        await minio.start();
        const stands = await copied;
        expect((await store.stat(key)) !== null).toBe(stands);
        if (stands) expect(await contentOf(key)).toBe(digest(data));
        else await store.abortUnfinished(key);
      }
      expect(minio.partsLeft).toEqual([]);
    },
    patience,
  );

  it(
    'given a death in the middle of a download, then the stream fails and never ends',
    async () => {
      await put(store, 'torn/download', data);
      const stream = await store.read('torn/download');
      let came = 0;
      const outcome = (async () => {
        for await (const chunk of stream) {
          came += (chunk as Buffer).length;
          if (came === 2 * mebibyte) await minio.kill();
        }
        return 'ended';
      })();
      await expect(outcome).rejects.toThrow(BlobStoreUnavailable);
      expect(came).toBeLessThan(data.length);
      await minio.start();
      expect(await contentOf('torn/download')).toBe(digest(data));
    },
    patience,
  );
});
