import { randomBytes } from 'node:crypto';
import { BlobNotFound } from '../port.js';
import { all, bytesOf, put, type Subject } from './support.js';

export function readingCases(on: Subject): void {
  describe('reading', () => {
    const data = randomBytes(2_500_000);
    it.each([
      [0, 0],
      [0, 2_499_999],
      [1_048_575, 1_048_576],
      [1_000_000, 2_200_000],
      [2_499_999, 2_499_999],
    ])('given the range %d to %d, then exactly those bytes come', async (start, end) => {
      await put(on.store, `${on.root}/range`, data);
      const part = await bytesOf(on.store, `${on.root}/range`, { start, end });
      expect(part.equals(data.subarray(start, end + 1))).toBe(true);
    });

    it.each([
      [0, 2_500_000],
      [2_500_000, 2_500_001],
      [-1, 5],
    ])('given the range %d to %d that is not wholly there, then it is not found', async (start, end) => {
      await put(on.store, `${on.root}/range`, data);
      await expect(on.store.read(`${on.root}/range`, { start, end })).rejects.toThrow(BlobNotFound);
    });

    it('given an absent key, then it is not found before any byte is promised', async () => {
      await expect(on.store.read(`${on.root}/absent`)).rejects.toThrow(BlobNotFound);
      await expect(on.store.read(`${on.root}/absent/below`)).rejects.toThrow(BlobNotFound);
      expect(await on.store.stat(`${on.root}/absent`)).toBeNull();
    });

    it('given a reader that leaves midway, then the store goes on and the blob can be deleted', async () => {
      await put(on.store, `${on.root}/left`, data);
      const stream = await on.store.read(`${on.root}/left`);
      await new Promise((resolve) => stream.once('data', resolve));
      const closed = new Promise((resolve) => stream.once('close', resolve));
      stream.destroy();
      await closed;
      expect(await on.store.delete(`${on.root}/left`)).toBe(true);
    });

    it('given a slow reader, then no more than a few reads are held for it', async () => {
      await put(on.store, `${on.root}/slow`, randomBytes(12 * 1024 * 1024));
      const stream = await on.store.read(`${on.root}/slow`);
      stream.once('readable', () => undefined);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(stream.readableLength).toBeLessThanOrEqual(4 * 1024 * 1024);
      stream.destroy();
    });
  });

  describe('listing and deleting', () => {
    it('lists what is committed under a prefix, in key order, with sizes', async () => {
      const names = ['b', 'a/2', 'a/10', 'a-b/1', 'a0', 'a/1/x', 'a/1-x'];
      for (const [i, key] of names.entries()) await put(on.store, `${on.root}/${key}`, Buffer.alloc(i));
      const expected = names.map((key, i) => ({ key: `${on.root}/${key}`, size: i }));
      const ordered = (prefix: string) =>
        expected.filter(({ key }) => key.startsWith(prefix)).sort((a, b) => (a.key < b.key ? -1 : 1));
      for (const prefix of ['', '/', '/a', '/a/', '/a/1', '/b', '/c'].map((end) => on.root + end)) {
        const listed = (await all(on.store.list(prefix))).map(({ key, size }) => ({ key, size }));
        expect(listed).toEqual(ordered(prefix));
      }
      for (const after of ['a', 'a/1-x', 'a/10', 'a/', 'a-b/1', 'a-c', 'b', 'zz'].map((name) => `${on.root}/${name}`)) {
        const behind = (await all(on.store.list(on.root, after))).map(({ key }) => key);
        expect(behind).toEqual(ordered(on.root).flatMap(({ key }) => (key > after ? [key] : [])));
      }
    });

    it('given a delete, then the blob is gone at once; given another, then there was nothing', async () => {
      await put(on.store, `${on.root}/d`, Buffer.from('d'));
      expect(await on.store.delete(`${on.root}/d`)).toBe(true);
      expect(await on.store.delete(`${on.root}/d`)).toBe(false);
      expect(await on.store.stat(`${on.root}/d`)).toBeNull();
      expect(await all(on.store.list(on.root))).toEqual([]);
    });

    it('given a deleted key, when it is written again, then the new bytes stand', async () => {
      await put(on.store, `${on.root}/again`, Buffer.from('one'));
      await on.store.delete(`${on.root}/again`);
      await put(on.store, `${on.root}/again`, Buffer.from('two'));
      expect((await bytesOf(on.store, `${on.root}/again`)).toString()).toBe('two');
    });

    it('is found usable', () => expect(on.store.check()).resolves.toBeUndefined());
  });
}
