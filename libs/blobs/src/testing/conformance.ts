// What every adapter of the port promises; each runs this suite against its real store.
import { randomBytes, randomUUID } from 'node:crypto';
import { BlobExists, BlobNotFound, type BlobInfo, type BlobStore } from '../port.js';
import { maxBlobKeyLength } from '../key.js';

/** `open` gives another client of the same store each time: a second process, or the same one after a crash. */
export function blobStoreConformance(name: string, open: () => BlobStore | Promise<BlobStore>): void {
  describe(`${name} keeps the promises of a blob store`, () => {
    let store: BlobStore;
    let root: string;
    beforeEach(async () => {
      store = await open();
      // A store may outlive the test: nothing is taken from another one's keys.
      root = `t-${randomUUID()}`;
    });

    describe('writing', () => {
      it('given a committed write, then the bytes, the size and the time are there for every client', async () => {
        const data = randomBytes(3 * 1024 * 1024 + 17);
        const before = Date.now();
        const info = await put(store, `${root}/a`, data);
        expect(info).toMatchObject({ key: `${root}/a`, size: data.length });
        const other = await open();
        expect((await bytesOf(other, `${root}/a`)).equals(data)).toBe(true);
        const seen = await other.stat(`${root}/a`);
        expect(seen).toEqual(info);
        expect(Math.abs(seen!.modifiedAt.getTime() - before)).toBeLessThan(60_000);
      });

      it('given no bytes, then an empty blob stands', async () => {
        expect((await put(store, `${root}/empty`, Buffer.alloc(0))).size).toBe(0);
        expect((await bytesOf(store, `${root}/empty`)).length).toBe(0);
      });

      it('given thousands of small and empty chunks, then they stand in order', async () => {
        const chunks = Array.from({ length: 3000 }, (_, i) => Buffer.from(i % 7 === 0 ? '' : `${i};`));
        const writer = await store.writer(`${root}/small`);
        for (const chunk of chunks) await writer.write(chunk);
        await writer.commit();
        expect(await bytesOf(store, `${root}/small`)).toEqual(Buffer.concat(chunks));
      });

      it('given an expected size that turns out wrong, then what was written counts', async () => {
        const writer = await store.writer(`${root}/guess`, { expectedSize: 10_000_000 });
        await writer.write(Buffer.from('less'));
        expect((await writer.commit()).size).toBe(4);
        expect((await bytesOf(store, `${root}/guess`)).toString()).toBe('less');
      });

      it('given a write that is not committed, then nothing is visible at its key', async () => {
        const writer = await store.writer(`${root}/hidden`);
        await writer.write(randomBytes(2 * 1024 * 1024));
        expect(await store.stat(`${root}/hidden`)).toBeNull();
        await expect(store.read(`${root}/hidden`)).rejects.toThrow(BlobNotFound);
        expect(await all(store.list(root))).toEqual([]);
        await writer.abort();
      });

      it('given a taken key, when a second write commits, then it is refused and the first stands', async () => {
        await put(store, `${root}/taken`, Buffer.from('first'));
        const second = await store.writer(`${root}/taken`);
        await second.write(Buffer.from('second'));
        await expect(second.commit()).rejects.toThrow(BlobExists);
        await second.abort();
        expect((await bytesOf(store, `${root}/taken`)).toString()).toBe('first');
        expect(await all(store.listUnfinished(root))).toEqual([]);
      });

      it('given eight writes of one key at once, then exactly one wins, whole', async () => {
        const bodies = Array.from({ length: 8 }, (_, i) => Buffer.alloc(1_500_000, i + 1));
        const outcomes = await Promise.allSettled(bodies.map((body) => put(store, `${root}/race`, body)));
        const winners = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [i] : []));
        expect(winners).toHaveLength(1);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(BlobExists);
        }
        expect((await bytesOf(store, `${root}/race`)).equals(bodies[winners[0]!]!)).toBe(true);
      });

      it('given a commit, when it is asked again, then it is the same one', async () => {
        const writer = await store.writer(`${root}/twice`);
        await writer.write(Buffer.from('x'));
        expect(await writer.commit()).toEqual(await writer.commit());
        await expect(writer.write(Buffer.from('y'))).rejects.toThrow();
      });

      it.each([
        '',
        '/',
        'a//b',
        '/a',
        'a/',
        '..',
        '../a',
        'a/../../b',
        'a/./b',
        'a\\b',
        'a\0b',
        'A',
        'a b',
        'ä',
        'a%2fb',
      ])('given the strange key %j, then it is refused before it becomes a name in the store', (key) =>
        expectRefusedKey(store, key),
      );

      it('given the longest key, then it is kept; one more character is refused', async () => {
        const key = `${root}/${'k'.repeat(maxBlobKeyLength - root.length - 1)}`;
        await put(store, key, Buffer.from('long'));
        expect((await all(store.list(root))).map((info) => info.key)).toEqual([key]);
        await expectRefusedKey(store, `${key}k`);
      });
    });

    describe('aborting', () => {
      it.each([0, 1, 5_000_000])('given %d bytes written, when aborted, then nothing is left', async (bytes) => {
        const writer = await store.writer(`${root}/gone`);
        await writer.write(randomBytes(bytes));
        await writer.abort();
        await writer.abort();
        expect(await all(store.listUnfinished(root))).toEqual([]);
        expect(await store.stat(`${root}/gone`)).toBeNull();
        await expect(writer.commit()).rejects.toThrow();
      });

      it('given writes still in flight, when aborted, then they settle first and nothing comes back', async () => {
        const writer = await store.writer(`${root}/flying`);
        const flying = Array.from({ length: 6 }, () => writer.write(randomBytes(1024 * 1024)).catch(() => undefined));
        await Promise.all([writer.abort(), ...flying]);
        expect(await all(store.listUnfinished(root))).toEqual([]);
      });

      it('given a committed write, when aborted, then the blob stands', async () => {
        const writer = await store.writer(`${root}/stands`);
        await writer.write(Buffer.from('kept'));
        await writer.commit();
        await writer.abort();
        expect((await bytesOf(store, `${root}/stands`)).toString()).toBe('kept');
      });

      it('given a commit under way, when aborted, then one of the two holds, entirely', async () => {
        for (let round = 0; round < 10; round++) {
          const writer = await store.writer(`${root}/either-${round}`);
          await writer.write(randomBytes(100_000));
          const [committed] = await Promise.allSettled([writer.commit(), writer.abort()]);
          const stands = (await store.stat(`${root}/either-${round}`)) !== null;
          expect(stands).toBe(committed.status === 'fulfilled');
        }
        expect(await all(store.listUnfinished(root))).toEqual([]);
      });
    });

    describe('unfinished writes', () => {
      it('given a crash before commit, then another client finds the write by prefix and removes it', async () => {
        const lost = await store.writer(`${root}/lost`);
        await lost.write(randomBytes(2 * 1024 * 1024));
        const lostToo = await store.writer(`${root}/lost-too`);
        const other = await open();
        const found = await all(other.listUnfinished(`${root}/`));
        expect(found.map((info) => info.key)).toEqual([`${root}/lost`, `${root}/lost-too`]);
        expect(Math.abs(found[0]!.modifiedAt.getTime() - Date.now())).toBeLessThan(60_000);

        await other.abortUnfinished(`${root}/lost`);
        await other.abortUnfinished(`${root}/lost`);
        expect((await all(other.listUnfinished(root))).map((info) => info.key)).toEqual([`${root}/lost-too`]);
        await other.abortUnfinished(`${root}/lost-too`);
        await expect(lost.commit()).rejects.toThrow(BlobNotFound);
        expect(await store.stat(`${root}/lost`)).toBeNull();
        await Promise.all([lost.abort(), lostToo.abort()]);
      });

      it('given a committed blob, when its unfinished writes are removed, then it stands', async () => {
        await put(store, `${root}/done`, Buffer.from('done'));
        await store.abortUnfinished(`${root}/done`);
        expect((await bytesOf(store, `${root}/done`)).toString()).toBe('done');
      });
    });

    describe('reading', () => {
      const data = randomBytes(2_500_000);
      it.each([
        [0, 0],
        [0, 2_499_999],
        [1_048_575, 1_048_576],
        [1_000_000, 2_200_000],
        [2_499_999, 2_499_999],
      ])('given the range %d to %d, then exactly those bytes come', async (start, end) => {
        await put(store, `${root}/range`, data);
        const part = await bytesOf(store, `${root}/range`, { start, end });
        expect(part.equals(data.subarray(start, end + 1))).toBe(true);
      });

      it.each([
        [0, 2_500_000],
        [2_500_000, 2_500_001],
        [-1, 5],
      ])('given the range %d to %d that is not wholly there, then it is not found', async (start, end) => {
        await put(store, `${root}/range`, data);
        await expect(store.read(`${root}/range`, { start, end })).rejects.toThrow(BlobNotFound);
      });

      it('given an absent key, then it is not found before any byte is promised', async () => {
        await expect(store.read(`${root}/absent`)).rejects.toThrow(BlobNotFound);
        await expect(store.read(`${root}/absent/below`)).rejects.toThrow(BlobNotFound);
        expect(await store.stat(`${root}/absent`)).toBeNull();
      });

      it('given a reader that leaves midway, then the store goes on and the blob can be deleted', async () => {
        await put(store, `${root}/left`, data);
        const stream = await store.read(`${root}/left`);
        await new Promise((resolve) => stream.once('data', resolve));
        const closed = new Promise((resolve) => stream.once('close', resolve));
        stream.destroy();
        await closed;
        expect(await store.delete(`${root}/left`)).toBe(true);
      });

      it('given a slow reader, then no more than a few reads are held for it', async () => {
        await put(store, `${root}/slow`, randomBytes(12 * 1024 * 1024));
        const stream = await store.read(`${root}/slow`);
        stream.once('readable', () => undefined);
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(stream.readableLength).toBeLessThanOrEqual(4 * 1024 * 1024);
        stream.destroy();
      });
    });

    describe('listing and deleting', () => {
      it('lists what is committed under a prefix, in key order, with sizes', async () => {
        const names = ['b', 'a/2', 'a/10', 'a-b/1', 'a0', 'a/1/x', 'a/1-x'];
        for (const [i, key] of names.entries()) await put(store, `${root}/${key}`, Buffer.alloc(i));
        const expected = names.map((key, i) => ({ key: `${root}/${key}`, size: i }));
        const ordered = (prefix: string) =>
          expected.filter(({ key }) => key.startsWith(prefix)).sort((a, b) => (a.key < b.key ? -1 : 1));
        for (const prefix of ['', '/', '/a', '/a/', '/a/1', '/b', '/c'].map((end) => root + end)) {
          const listed = (await all(store.list(prefix))).map(({ key, size }) => ({ key, size }));
          expect(listed).toEqual(ordered(prefix));
        }
      });

      it('given a delete, then the blob is gone at once; given another, then there was nothing', async () => {
        await put(store, `${root}/d`, Buffer.from('d'));
        expect(await store.delete(`${root}/d`)).toBe(true);
        expect(await store.delete(`${root}/d`)).toBe(false);
        expect(await store.stat(`${root}/d`)).toBeNull();
        expect(await all(store.list(root))).toEqual([]);
      });

      it('given a deleted key, when it is written again, then the new bytes stand', async () => {
        await put(store, `${root}/again`, Buffer.from('one'));
        await store.delete(`${root}/again`);
        await put(store, `${root}/again`, Buffer.from('two'));
        expect((await bytesOf(store, `${root}/again`)).toString()).toBe('two');
      });

      it('is found usable', () => expect(store.check()).resolves.toBeUndefined());
    });
  });
}

async function put(store: BlobStore, key: string, data: Buffer): Promise<BlobInfo> {
  const writer = await store.writer(key, { expectedSize: data.length });
  try {
    for (let at = 0; at < data.length; at += 65_536) await writer.write(data.subarray(at, at + 65_536));
    return await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function bytesOf(store: BlobStore, key: string, range?: { start: number; end: number }): Promise<Buffer> {
  return Buffer.concat(await (await store.read(key, range)).toArray());
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function expectRefusedKey(store: BlobStore, key: string): Promise<void> {
  const asked: ((key: string) => Promise<unknown>)[] = [
    (it) => store.writer(it),
    (it) => store.read(it),
    (it) => store.stat(it),
    (it) => store.delete(it),
    (it) => store.abortUnfinished(it),
  ];
  for (const ask of asked) await expect((async () => ask(key))()).rejects.toThrow(TypeError);
}
