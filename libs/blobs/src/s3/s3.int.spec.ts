import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { request } from 'undici';
import { all, bytesOf, put } from '../testing/support.js';
import { blobStoreConformance } from '../testing/conformance.js';
import { BlobStoreUnavailable } from '../port.js';
import { prepareS3Bucket } from './bucket.js';
import { S3Connection } from './connection.js';
import { copyBlob } from './copying.js';
import { createS3BlobStore } from './store.js';
import { testS3 } from '../../../../test/support/s3-server.js';

const options = { ...testS3(), bucket: `suite-${randomUUID()}` };
beforeAll(() => prepareS3Bucket(options));

blobStoreConformance('the S3 adapter', () => createS3BlobStore(options));

describe('the S3 adapter', () => {
  const mebibyte = 1024 * 1024;
  const store = createS3BlobStore(options);
  const server = new S3Connection(options);

  it('given 12 MiB and a byte to copy in parts of 5 MiB, then they stand in order, and giving up leaves nothing', async () => {
    const data = randomBytes(12 * mebibyte + 1);
    await put(store, 'copied/from', data);
    const seen: number[] = [];
    const onProgress = (bytes: number) => seen.push(bytes);
    await copyBlob(server, 'copied/from', 'copied/to', { onProgress }, 5 * mebibyte);
    expect((await bytesOf(store, 'copied/to')).equals(data)).toBe(true);
    expect(seen).toEqual([5 * mebibyte, 10 * mebibyte, data.length]);

    const giving = new AbortController();
    const onFirst = { signal: giving.signal, onProgress: () => giving.abort(new Error('given up')) };
    await expect(copyBlob(server, 'copied/from', 'copied/not', onFirst, 5 * mebibyte)).rejects.toThrow('given up');
    expect(await store.stat('copied/not')).toBeNull();
    expect(await all(store.listUnfinished('copied/'))).toEqual([]);
  });

  it('given 45 MiB in chunks as sockets give them, then they stand in order, in parts', async () => {
    const sent = createHash('sha256');
    const writer = await store.writer('large/unknown');
    for (let rest = 45 * mebibyte; rest > 0;) {
      const chunk = randomBytes(Math.min(rest, 60_000 + (rest % 7_000)));
      sent.update(chunk);
      await writer.write(chunk);
      rest -= chunk.length;
    }
    expect((await writer.commit()).size).toBe(45 * mebibyte);
    const came = createHash('sha256');
    for await (const chunk of await store.read('large/unknown')) came.update(chunk as Buffer);
    expect(came.digest('hex')).toBe(sent.digest('hex'));
  });

  it('given an upload whose parts arrive, then the time of its last byte moves with them', async () => {
    const seen = async () => (await all(store.listUnfinished('live/')))[0]!;
    const writer = await store.writer('live/upload');
    const opened = await seen();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await writer.write(Buffer.alloc(8 * mebibyte));
    // It was taken, and is on its way.
    for (const until = Date.now() + 20_000; (await seen()).size === 0 && Date.now() < until;);
    const now = await seen();
    expect([opened.size, now.size]).toEqual([0, 8 * mebibyte]);
    expect(now.modifiedAt.getTime() - opened.modifiedAt.getTime()).toBeGreaterThanOrEqual(1_000);
    await writer.abort();
    expect(await all(store.listUnfinished('live/'))).toEqual([]);
  }, 30_000);

  it('given more than a thousand blobs, then all are listed', async () => {
    const keys = Array.from({ length: 1_010 }, (_, at) => `many/${String(at).padStart(5, '0')}`);
    for (let at = 0; at < keys.length; at += 32) {
      await Promise.all(keys.slice(at, at + 32).map((key) => server.call({ method: 'PUT', key, body: 'x' })));
    }
    expect((await all(store.list('many/'))).map(({ key }) => key)).toEqual(keys);
  }, 60_000);

  it('given somebody without credentials, then nothing is read, written or listed', async () => {
    await put(store, 'private/blob', Buffer.from('secret'));
    const base = `${options.endpoint}/${options.bucket}`;
    for (const [method, path] of [
      ['GET', '/private/blob'],
      ['HEAD', '/private/blob'],
      ['GET', '/private/absent'],
      ['PUT', '/private/blob'],
      ['DELETE', '/private/blob'],
      ['GET', '/?list-type=2'],
      ['GET', '/?uploads='],
    ] as const) {
      const { statusCode, body } = await request(base + path, { method });
      await body.dump();
      expect([method, path, statusCode]).toEqual([method, path, 403]);
    }
    expect((await bytesOf(store, 'private/blob')).toString()).toBe('secret');
  });

  it('given a bucket that is prepared again, then what is in it stays', async () => {
    await put(store, 'kept/blob', Buffer.from('x'));
    await prepareS3Bucket(options);
    expect(await store.stat('kept/blob')).toMatchObject({ size: 1 });
  });

  it('given no bucket, then every call says unavailable, never not found, and names nothing', async () => {
    const lost = createS3BlobStore({ ...options, bucket: `absent-${randomUUID()}` });
    for (const ask of [
      () => lost.stat('a/b'),
      () => lost.read('a/b'),
      () => lost.delete('a/b'),
      () => lost.writer('a/b'),
      () => lost.check(),
      () => all(lost.list('')),
      () => all(lost.listUnfinished('')),
    ]) {
      const error = await (async () => ask())().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(BlobStoreUnavailable);
      expect(String(error)).not.toMatch(/absent-|127\.0\.0\.1|a\/b/);
    }
  });

  it.each([
    ['accessKey', 'nobody-knows-me'],
    ['secretKey', 'not-the-secret'],
  ])('given a wrong %s, then it says unavailable, without a word of the credentials', async (setting, value) => {
    const stranger = createS3BlobStore({ ...options, [setting]: value });
    const error = await stranger.read('a/b').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BlobStoreUnavailable);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toMatch(
      new RegExp(`${value}|${options.accessKey}|${options.secretKey}`),
    );
  });
});
