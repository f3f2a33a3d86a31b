import { link, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobStoreConformance } from '../testing/conformance.js';
import { createBlobStore } from '../create-blob-store.js';
import { BlobExists, BlobStoreFull, BlobStoreUnavailable, type BlobStore, type BlobWriter } from '../port.js';
import { nameOrCopy } from './copying.js';
import { createFilesystemBlobStore } from './store.js';
import { translating } from './translate.js';
import { writeWhole } from './writer.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'blobs-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

blobStoreConformance('the filesystem adapter', () => createFilesystemBlobStore({ dir: join(dir, 'suite') }));

describe('the filesystem adapter', () => {
  const openFiles = async () => (await readdir('/proc/self/fd').catch(() => [])).length;

  async function write(store: BlobStore, key: string, text: string): Promise<BlobWriter> {
    const writer = await store.writer(key);
    await writer.write(Buffer.from(text));
    return writer;
  }

  async function unfinishedKeys(store: BlobStore): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.listUnfinished('')) keys.push(key);
    return keys;
  }

  it('given writes, reads and aborts, then no file stays open', async () => {
    const store = createFilesystemBlobStore({ dir: join(dir, 'descriptors') });
    await (await write(store, 'warm/up', 'x')).commit();
    const before = await openFiles();
    for (let i = 0; i < 20; i++) {
      await (await write(store, `k/committed-${i}`, 'x')).commit();
      await (await write(store, `k/aborted-${i}`, 'x')).abort();
      const refused = await write(store, 'warm/up', 'x');
      await expect(refused.commit()).rejects.toThrow(BlobExists);
      await refused.abort();
    }
    expect(await openFiles()).toBe(before);
  });

  it('given a copy, then it takes no room of its own', async () => {
    const store = createFilesystemBlobStore({ dir: join(dir, 'copies') });
    await (await write(store, 'k/from', 'x')).commit();
    await store.copy('k/from', 'k/to');
    const [from, to] = await Promise.all(['from', 'to'].map((name) => stat(join(dir, 'copies', 'blobs', 'k', name))));
    expect(to!.ino).toBe(from!.ino);
  });

  it('given a file that can have no more names, then its bytes are copied, and a taken name is refused', async () => {
    const at = join(dir, 'names');
    await mkdir(at);
    await writeFile(join(at, 'from'), 'bytes');
    const tooMany = () => Promise.reject(Object.assign(new Error('too many links'), { code: 'EMLINK' }));
    const copyTo = (name: string) => nameOrCopy(join(at, 'from'), join(at, name), join(at, 'draft'), tooMany);
    await copyTo('to');
    await expect(copyTo('to')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(join(at, 'to'), 'utf8')).toBe('bytes');
    expect((await readdir(at)).sort()).toEqual(['from', 'to']);
    expect((await stat(join(at, 'from'))).nlink).toBe(1);
  });

  it('given writes large enough to be synced on the way, then they commit whole, or abort to nothing', async () => {
    const store = createFilesystemBlobStore({ dir: join(dir, 'large') });
    const before = await openFiles();
    const mebibyte = Buffer.alloc(1024 * 1024, 7);
    const writers = await Promise.all(['a/kept', 'a/dropped'].map((key) => store.writer(key)));
    for (let i = 0; i < 130; i++) await Promise.all(writers.map((writer) => writer.write(mebibyte)));
    await Promise.all([writers[0]!.commit(), writers[1]!.abort()]);
    expect(await store.stat('a/kept')).toMatchObject({ size: 130 * mebibyte.length });
    expect(await store.stat('a/dropped')).toBeNull();
    expect(await unfinishedKeys(store)).toEqual([]);
    expect(await openFiles()).toBe(before);
  });

  it('given a file system that goes away, then reads say unavailable, never not found', async () => {
    const at = join(dir, 'mounted');
    const store = createFilesystemBlobStore({ dir: at });
    await (await write(store, 'a/b', 'x')).commit();
    await rename(at, `${at}-elsewhere`);
    await mkdir(at);
    await expect(store.read('a/b')).rejects.toThrow(BlobStoreUnavailable);
    await expect(store.stat('a/b')).rejects.toThrow(BlobStoreUnavailable);
    await expect(store.delete('a/b')).rejects.toThrow(BlobStoreUnavailable);
    await expect(store.check()).rejects.toThrow(BlobStoreUnavailable);
    expect(await readdir(at)).toEqual([]);
  });

  it('given a directory that cannot be made, then every call says unavailable, without naming it', async () => {
    const file = join(dir, 'a-file');
    await writeFile(file, '');
    const store = createFilesystemBlobStore({ dir: join(file, 'below') });
    const error = (await store.check().catch((caught: unknown) => caught)) as Error;
    expect(error).toBeInstanceOf(BlobStoreUnavailable);
    expect(error.message).not.toContain(dir);
  });

  it('given more than the disk can hold, then refused as full before the first byte', async () => {
    const store = createFilesystemBlobStore({ dir: join(dir, 'full') });
    await expect(store.writer('too/big', { expectedSize: 2 ** 60 })).rejects.toThrow(BlobStoreFull);
    expect(await unfinishedKeys(store)).toEqual([]);
  });

  const itOnLinux = process.platform === 'linux' ? it : it.skip;
  itOnLinux('given a disk that fills up midway, then the write says full', async () => {
    const device = await open('/dev/full', 'w');
    try {
      await expect(translating(() => writeWhole(device, [Buffer.from('x')]))).rejects.toThrow(BlobStoreFull);
    } finally {
      await device.close();
    }
  });

  it('given a crash between publishing and tidying, then the second name is no unfinished write and goes', async () => {
    const at = join(dir, 'second-name');
    const store = createFilesystemBlobStore({ dir: at });
    await (await write(store, 'a/b', 'x')).commit();
    await link(join(at, 'blobs/a/b'), join(at, 'unfinished/a.b.left-by-a-crash'));
    expect(await unfinishedKeys(store)).toEqual([]);
    expect(await readdir(join(at, 'unfinished'))).toEqual([]);
    expect(await store.stat('a/b')).toMatchObject({ size: 1 });
  });

  it('given strange files in its directories, then they are not listed', async () => {
    const at = join(dir, 'strange');
    const store = createFilesystemBlobStore({ dir: at });
    await (await write(store, 'a/b', 'x')).commit();
    await writeFile(join(at, 'unfinished/readme'), '');
    expect(await unfinishedKeys(store)).toEqual([]);
  });
});

describe('createBlobStore', () => {
  it('makes the kind that configuration names', async () => {
    await expect(createBlobStore({ kind: 'filesystem', dir: join(dir, 'made') }).check()).resolves.toBeUndefined();
  });

  it.each([
    [{ kind: 'filesystem' }, /needs a directory/],
    [{ kind: 's3', dir: '/x' }, /needs an endpoint/],
    [{ kind: 'tape' }, /no blob store of kind "tape"/],
    [{ kind: '' }, /no blob store of kind ""/],
  ])('given %j, then it says what is wrong', (settings, message) => {
    expect(() => createBlobStore(settings)).toThrow(message);
  });
});
