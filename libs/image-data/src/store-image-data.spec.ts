import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { BlobExists, BlobStoreFull, createFilesystemBlobStore, type BlobStore } from '@cloud-images/blobs';
import { Refusal, type ErrorCode } from '@cloud-images/contracts';
import { copyImageData } from './copy-image-data.js';
import { storeImageData, type StoreImageData } from './store-image-data.js';

let dir: string;
let store: BlobStore;
let key: string;
let count = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'image-data-'));
  store = createFilesystemBlobStore({ dir });
});
beforeEach(() => {
  key = `images/${count++}`;
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const storing = (request: Partial<StoreImageData> & { source: Readable }) =>
  storeImageData({ store, key, declaredSize: null, maxSize: 2 ** 40, ...request });

const chunked = (data: Buffer, bytes = 65_536): Readable => {
  const chunks: Buffer[] = [];
  for (let at = 0; at < data.length; at += bytes) chunks.push(data.subarray(at, at + bytes));
  return Readable.from(chunks, { objectMode: false });
};

async function refusal(stored: Promise<unknown>): Promise<Refusal> {
  const error = await stored.then(
    () => new Error('it was stored'),
    (caught: unknown) => caught,
  );
  if (!(error instanceof Refusal)) throw error;
  return error;
}

async function expectRefused(stored: Promise<unknown>, code: ErrorCode): Promise<void> {
  expect((await refusal(stored)).code).toBe(code);
  await expectNothingLeft();
}

async function expectNothingLeft(): Promise<void> {
  expect(await store.stat(key)).toBeNull();
  for await (const { key: left } of store.listUnfinished(key)) expect(left).not.toBe(key);
}

describe('storeImageData', () => {
  it.each([0, 1, 65_536, 5_000_011])(
    'given %d bytes, then they stand, and size and digests are theirs',
    async (bytes) => {
      const data = randomBytes(bytes);
      const stored = await storing({ source: chunked(data), declaredSize: bytes });
      expect(stored).toEqual({
        size: bytes,
        checksum: createHash('md5').update(data).digest('hex'),
        os_hash_algo: 'sha512',
        os_hash_value: createHash('sha512').update(data).digest('hex'),
        virtual_size: null,
        content_format: null,
      });
      expect(Buffer.concat(await (await store.read(key)).toArray()).equals(data)).toBe(true);
    },
  );

  it('given data that is in the store, then it is copied there, but never more than may be', async () => {
    const data = randomBytes(1000);
    await storing({ source: chunked(data) });
    const copy = { store, from: key, size: 1000, to: `${key}-copy`, maxSize: 1000 };
    expect((await refusal(copyImageData({ ...copy, maxSize: 999 }))).code).toBe('image-too-large');
    expect(await store.stat(copy.to)).toBeNull();
    await copyImageData(copy);
    expect(Buffer.concat(await (await store.read(copy.to)).toArray()).equals(data)).toBe(true);
    await expect(copyImageData({ ...copy, size: 999, to: `${key}-other` })).rejects.toThrow('not what is known');
    expect(await store.stat(`${key}-other`)).toBeNull();
    const full = { ...store, copy: () => Promise.reject(new BlobStoreFull('full')) } as unknown as BlobStore;
    expect((await refusal(copyImageData({ ...copy, store: full }))).code).toBe('storage-full');
  });

  it('given no declared size, then what came counts', async () => {
    expect(await storing({ source: chunked(randomBytes(100_000)) })).toMatchObject({ size: 100_000 });
  });

  it('given exactly the greatest size, then it is taken', async () => {
    expect(await storing({ source: chunked(randomBytes(1000)), maxSize: 1000 })).toMatchObject({ size: 1000 });
  });

  it.each([null, 1001])('given one byte too many (declared %p), then refused as too large', (declaredSize) =>
    expectRefused(storing({ source: chunked(randomBytes(1001)), maxSize: 1000, declaredSize }), 'image-too-large'),
  );

  it('given too large a declared size, then refused before the store is asked', async () => {
    const asked: string[] = [];
    const watched = { ...store, writer: (it: string) => (asked.push(it), store.writer(it)) } as BlobStore;
    const source = chunked(randomBytes(10));
    await expectRefused(storing({ source, store: watched, maxSize: 1000, declaredSize: 1001 }), 'image-too-large');
    expect(asked).toEqual([]);
  });

  it.each([0, 9, 11])('given 10 bytes where %d were declared, then refused', (declaredSize) =>
    expectRefused(storing({ source: chunked(randomBytes(10)), declaredSize }), 'size-mismatch'),
  );

  it('given an endless stream, then it is left where it is after the limit, not read on', async () => {
    let sent = 0;
    const source = new Readable({
      read() {
        sent += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    await expectRefused(storing({ source, maxSize: 1_000_000 }), 'image-too-large');
    const after = sent;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sent).toBe(after);
    expect(sent).toBeLessThan(2_000_000);
    expect(source.destroyed).toBe(false);
  });

  it.each([0, 1, 70_000, 3_000_000])(
    'given a client that breaks off after %d bytes, then nothing is left',
    async (bytes) => {
      const source = new PassThrough();
      source.write(randomBytes(bytes));
      setTimeout(() => source.destroy(new Error('aborted')), 20);
      await expectRefused(storing({ source }), 'upload-interrupted');
    },
  );

  it('given a client that closes without an error, then refused as interrupted', async () => {
    const source = new PassThrough();
    source.write('some');
    setTimeout(() => source.destroy(), 20);
    await expectRefused(storing({ source }), 'upload-interrupted');
  });

  it('given a stream that had failed before, then refused as interrupted', async () => {
    const source = new PassThrough();
    source.on('error', () => undefined).destroy(new Error('early'));
    await new Promise((resolve) => source.once('close', resolve));
    await expectRefused(storing({ source }), 'upload-interrupted');
  });

  describe('pace', () => {
    const pace = { windowMs: 600, minBytesPerSecond: 1000 };
    const drip = (everyMs: number, chunk: Buffer) => {
      const source = new PassThrough();
      const timer = setInterval(() => source.write(chunk), everyMs);
      source.once('close', () => clearInterval(timer));
      return { source, stop: () => (clearInterval(timer), source) };
    };

    it('given a client that falls silent, then cut within the window', async () => {
      const { source, stop } = drip(20, Buffer.alloc(1000));
      const stored = storing({ source, pace });
      await new Promise((resolve) => setTimeout(resolve, 320));
      stop();
      const silentSince = performance.now();
      await expectRefused(stored, 'upload-interrupted');
      expect(performance.now() - silentSince).toBeLessThan(2 * pace.windowMs);
    });

    it('given a trickle below the least pace, then cut', async () => {
      const { source, stop } = drip(10, Buffer.from('x'));
      await expectRefused(storing({ source, pace }), 'upload-interrupted');
      stop();
    });

    it('given a slow client above the least pace, then it takes its time', async () => {
      const { source, stop } = drip(10, Buffer.alloc(100));
      setTimeout(() => stop().end(), 900);
      expect((await storing({ source, pace })).size).toBeGreaterThan(1000);
    });

    it('given a store that is slower than that, then the client is not blamed', async () => {
      const slow: BlobStore = Object.create(store, {
        writer: {
          value: async (it: string) => {
            const writer = await store.writer(it);
            return Object.create(writer, {
              write: { value: () => new Promise((resolve) => setTimeout(resolve, 700)) },
              commit: { value: () => writer.commit() },
              abort: { value: () => writer.abort() },
            });
          },
        },
      });
      expect(await storing({ source: chunked(Buffer.alloc(30), 10), store: slow, pace })).toMatchObject({ size: 30 });
    });
  });

  describe('the content', () => {
    const rule = { disk_format: 'qcow2', check: 'refuse', max_virtual_size: 1024 ** 4 } as const;
    const qcow2 = (backingFile: 0 | 1 = 0): Buffer => {
      const image = Buffer.alloc(200_000);
      image.set([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3]);
      image[15] = backingFile;
      image.writeUInt32BE(104, 100);
      image.writeBigUInt64BE(5_000_000_000n, 24);
      return image;
    };
    const raw = (): Buffer => Buffer.alloc(200_000, 0xff);

    it('given what was declared, then its virtual size is known', async () => {
      expect(await storing({ source: chunked(qcow2()), content: rule })).toMatchObject({
        size: 200_000,
        virtual_size: 5_000_000_000,
        content_format: 'qcow2',
      });
    });

    it('given a raw disk, then that is its size', async () => {
      const content = { ...rule, disk_format: 'raw' };
      expect(await storing({ source: chunked(raw()), content })).toMatchObject({
        virtual_size: 200_000,
        content_format: 'raw',
      });
    });

    it('given something else, then refused', () =>
      expectRefused(storing({ source: chunked(raw()), content: rule }), 'content-mismatch'));

    it('given something else that shows at its end, then refused', () =>
      expectRefused(storing({ source: chunked(raw()), content: { ...rule, disk_format: 'vhd' } }), 'content-mismatch'));

    it('given something else that may be anything, then it is recorded as what it is', async () => {
      const content = { ...rule, check: 'record' } as const;
      const known = { virtual_size: null, content_format: 'raw' };
      expect(await storing({ source: chunked(raw()), content })).toMatchObject(known);
      key = `images/${count++}`;
      const ofRaw = { ...content, disk_format: 'raw' };
      const disguised = { virtual_size: 200_000, content_format: 'qcow2' };
      expect(await storing({ source: chunked(qcow2()), content: ofRaw })).toMatchObject(disguised);
    });

    it.each([
      ['qcow2', 'refuse'],
      ['qcow2', 'record'],
      ['raw', 'record'],
    ] as const)(
      'given a backing file in what is said to be %s, then refused though the rule is to %s',
      (disk_format, check) =>
        expectRefused(
          storing({ source: chunked(qcow2(1)), content: { ...rule, disk_format, check } }),
          'content-dangerous',
        ),
    );

    it('given a disk beyond the limit, then refused', () =>
      expectRefused(
        storing({ source: chunked(qcow2()), content: { ...rule, max_virtual_size: 4_999_999_999 } }),
        'content-dangerous',
      ));

    it('given compressed data, then it is taken as what it is where that is expected, and nowhere else', async () => {
      const source = () => chunked(gzipSync(qcow2()), 1);
      const content = { ...rule, may_be_compressed: true };
      expect(await storing({ source: source(), content })).toMatchObject({
        ...{ virtual_size: null, content_format: 'gzip' },
      });
      key = `images/${count++}`;
      await expectRefused(storing({ source: source(), content: rule }), 'content-mismatch');
      await expectRefused(storing({ source: chunked(raw(), 1), content }), 'content-mismatch');
    });

    it('given no data, then it is of every format', async () => {
      expect(await storing({ source: chunked(Buffer.alloc(0)), content: rule })).toMatchObject({
        size: 0,
        virtual_size: null,
        content_format: null,
      });
    });

    it('given an endless stream of something else, then it is not read on', async () => {
      let sent = 0;
      const source = new Readable({
        read() {
          sent += 65_536;
          this.push(Buffer.alloc(65_536));
        },
      });
      await expectRefused(storing({ source, content: rule }), 'content-mismatch');
      expect(sent).toBeLessThan(2_000_000);
    });

    it('given that it ends early, then that is what is wrong with it', () =>
      expectRefused(storing({ source: chunked(qcow2()), declaredSize: 200_001, content: rule }), 'size-mismatch'));
  });

  describe('given up from outside', () => {
    it('given a refusal as the reason, then it is what is thrown', async () => {
      const control = new AbortController();
      setTimeout(() => control.abort(new Refusal('attempt-superseded', 'Another upload began.')), 20);
      await expectRefused(storing({ source: new PassThrough(), signal: control.signal }), 'attempt-superseded');
    });

    it('given it was given up before it began, then refused as interrupted', async () => {
      const source = chunked(randomBytes(10));
      await expectRefused(storing({ source, signal: AbortSignal.abort() }), 'upload-interrupted');
    });
  });

  describe('the store', () => {
    const failing = (fail: (at: 'write' | 'commit' | 'abort') => Error | null): BlobStore =>
      Object.create(store, {
        writer: {
          value: async (it: string) => {
            const writer = await store.writer(it);
            const guarded = (at: 'write' | 'commit' | 'abort', go: () => Promise<unknown>) => async () => {
              const error = fail(at);
              if (error && at === 'abort') await go();
              if (error) throw error;
              return go();
            };
            return Object.create(writer, {
              write: { value: (chunk: Buffer) => guarded('write', () => writer.write(chunk))() },
              commit: { value: guarded('commit', () => writer.commit()) },
              abort: { value: guarded('abort', () => writer.abort()) },
            });
          },
        },
      });

    it.each(['write', 'commit'] as const)('given it is full at %s, then refused as storage-full', (where) => {
      const full = failing((at) => (at === where ? new BlobStoreFull('full') : null));
      return expectRefused(storing({ source: chunked(randomBytes(100)), store: full }), 'storage-full');
    });

    it('given a taken key, then that is a fault, and the other blob stands', async () => {
      await storing({ source: chunked(Buffer.from('first')) });
      await expect(storing({ source: chunked(Buffer.from('second')) })).rejects.toThrow(BlobExists);
      expect((await store.stat(key))?.size).toBe(5);
    });

    it('given what was written cannot be removed, then the caller is told, and the first cause stands', async () => {
      const leftovers: unknown[] = [];
      const stuck = failing((at) => (at === 'abort' ? new Error('stuck') : null));
      const source = chunked(randomBytes(11));
      const onLeftover = (error: unknown) => leftovers.push(error);
      expect((await refusal(storing({ source, store: stuck, maxSize: 10, onLeftover }))).code).toBe('image-too-large');
      expect(leftovers).toEqual([new Error('stuck')]);
    });
  });
});

describe('digests that the client announced', () => {
  const data = Buffer.from('some data');
  const digest = (algorithm: 'sha-256' | 'sha-512', of: Buffer = data) => ({
    algorithm,
    value: createHash(algorithm.replace('-', '')).update(of).digest(),
  });

  it('let the data pass that has them', async () => {
    const expected = [digest('sha-256'), digest('sha-512')];
    expect(await storing({ source: chunked(data), expected })).toMatchObject({ size: data.length });
    expect(await store.stat(key)).not.toBeNull();
  });

  it.each(['sha-256', 'sha-512'] as const)('given another %s, then nothing is stored', async (algorithm) => {
    const expected = [digest('sha-256'), digest('sha-512')].map((one) =>
      one.algorithm === algorithm ? digest(algorithm, Buffer.from('other')) : one,
    );
    expect(await refusal(storing({ source: chunked(data), expected }))).toMatchObject({
      code: 'digest-mismatch',
      message: `The data does not have the ${algorithm} digest that was announced.`,
    });
    expect(await store.stat(key)).toBeNull();
  });
});
