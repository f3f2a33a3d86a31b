import { randomBytes, randomUUID } from 'node:crypto';
import { AnswerCuttingProxy } from '../../../../test/support/answer-cutting-proxy.js';
import { testS3 } from '../../../../test/support/s3-server.js';
import { BlobStoreUnavailable, type BlobStore } from '../port.js';
import { all, bytesOf, put } from '../testing/support.js';
import { prepareS3Bucket } from './bucket.js';
import { createS3BlobStore } from './store.js';

const data = randomBytes(9 * 1024 * 1024);
const options = { ...testS3(), bucket: `answers-${randomUUID()}` };

/** A line of a request, and what part of a write it is. */
const steps = {
  begin: /^POST \S+\?uploads/,
  part: /^PUT \S+partNumber=1\b/,
  complete: /^POST \S+\?uploadId=/,
  look: /^HEAD \S+/,
};

const patience = 30_000;

describe('an S3 server whose answers are lost', () => {
  const proxy = new AnswerCuttingProxy(new URL(options.endpoint));
  let store: BlobStore;
  const straight = createS3BlobStore(options);

  beforeAll(async () => {
    await prepareS3Bucket(options);
    store = createS3BlobStore({ ...options, endpoint: await proxy.start(), timeoutMs: 5_000 });
  }, patience);
  afterAll(() => proxy.stop());
  beforeEach(() => (proxy.cut = () => undefined));

  /** Cuts the first `times` answers to requests like this, after so many bytes. */
  function cut(pattern: RegExp, bytes: number, times = 1): () => number {
    let seen = 0;
    proxy.cut = (request) => (pattern.test(request) && ++seen <= times ? bytes : undefined);
    return () => seen;
  }

  const cases = Object.entries(steps).flatMap(([step, pattern]) =>
    [0, 12, 150].map((bytes) => [step, bytes, pattern] as const),
  );
  it.each(cases)(
    'given a lost answer to %s after %d bytes, then the write ends well and leaves nothing',
    async (...one) => {
      const [step, bytes, pattern] = one;
      const key = `${step}/${bytes}`;
      const seen = cut(pattern, bytes);
      await put(store, key, data);
      expect(seen()).toBeGreaterThan(0);
      expect((await bytesOf(straight, key)).equals(data)).toBe(true);
      expect(await all(straight.listUnfinished(key))).toEqual([]);
    },
  );

  it.each(cases)(
    'given a lost answer to %s of a copy after %d bytes, then it ends well, and leaves nothing',
    async (...one) => {
      const [step, bytes, pattern] = one;
      const [from, to] = [`from/${step}/${bytes}`, `copied/${step}/${bytes}`];
      await put(straight, from, data);
      const seen = cut(pattern, bytes);
      expect((await store.copy(from, to)).size).toBe(data.length);
      expect(seen()).toBeGreaterThan(0);
      expect((await bytesOf(straight, to)).equals(data)).toBe(true);
      expect(await all(straight.listUnfinished(to))).toEqual([]);
    },
  );

  it(
    'given an abort whose answer is lost, then it is asked again and nothing is left',
    async () => {
      const writer = await store.writer('abort/lost');
      await writer.write(data);
      const seen = cut(/^DELETE /, 0);
      await writer.abort();
      expect(seen()).toBeGreaterThan(1);
      expect(await all(straight.listUnfinished('abort/'))).toEqual([]);
    },
    patience,
  );

  it(
    'given no answer to complete at all, then it fails, and its abort takes back what was made',
    async () => {
      const writer = await store.writer('complete/never');
      await writer.write(data);
      cut(/^(?:POST|HEAD) /, 0, Infinity);
      await expect(writer.commit()).rejects.toThrow(BlobStoreUnavailable);
      expect(await straight.stat('complete/never')).not.toBeNull();
      proxy.cut = () => undefined;
      await writer.abort();
      expect(await straight.stat('complete/never')).toBeNull();
    },
    patience,
  );

  it.each([0, 40, 500_000])(
    'given a download that breaks off after %d bytes, then it is no short one',
    async (bytes) => {
      await put(straight, `download/${bytes}`, data);
      cut(/^GET /, bytes, Infinity);
      const read = (async () => (await store.read(`download/${bytes}`)).toArray())();
      await expect(read).rejects.toThrow(BlobStoreUnavailable);
    },
  );
});
