import { randomBytes } from 'node:crypto';
import { BlobExists, BlobNotFound } from '../port.js';
import { all, bytesOf, put, type Subject } from './support.js';

export function copyingCases(on: Subject): void {
  describe('copying', () => {
    it.each([0, 1, 3_000_017])('given a blob of %d bytes, then another one of the same bytes stands', async (size) => {
      const data = randomBytes(size);
      await put(on.store, `${on.root}/from`, data);
      const seen: number[] = [];
      const info = await on.store.copy(`${on.root}/from`, `${on.root}/a/to`, { onProgress: (it) => seen.push(it) });
      expect(info).toMatchObject({ key: `${on.root}/a/to`, size });
      const other = await on.open();
      expect(await other.stat(`${on.root}/a/to`)).toEqual(info);
      expect((await bytesOf(other, `${on.root}/a/to`)).equals(data)).toBe(true);
      expect(seen.at(-1)).toBe(size);
    });

    it.each(['from', 'to'])('given a copy, when the blob at %s is deleted, then the other one stands', async (gone) => {
      const data = randomBytes(100_000);
      await put(on.store, `${on.root}/from`, data);
      await on.store.copy(`${on.root}/from`, `${on.root}/to`);
      expect(await on.store.delete(`${on.root}/${gone}`)).toBe(true);
      expect((await all(on.store.list(on.root))).map(({ key }) => key)).toEqual([
        `${on.root}/${gone === 'from' ? 'to' : 'from'}`,
      ]);
      expect((await bytesOf(on.store, `${on.root}/${gone === 'from' ? 'to' : 'from'}`)).equals(data)).toBe(true);
    });

    it('given no blob to copy, then that is said, and nothing is left', async () => {
      await expect(on.store.copy(`${on.root}/none`, `${on.root}/to`)).rejects.toThrow(BlobNotFound);
      expect(await on.store.stat(`${on.root}/to`)).toBeNull();
      expect(await all(on.store.listUnfinished(on.root))).toEqual([]);
    });

    it('given a taken key, then what is there stays', async () => {
      await put(on.store, `${on.root}/from`, Buffer.from('new'));
      await put(on.store, `${on.root}/to`, Buffer.from('old'));
      await expect(on.store.copy(`${on.root}/from`, `${on.root}/to`)).rejects.toThrow(BlobExists);
      expect((await bytesOf(on.store, `${on.root}/to`)).toString()).toBe('old');
      expect(await all(on.store.listUnfinished(on.root))).toEqual([]);
    });

    it('given several copies to one key at once, then one of them makes it', async () => {
      await put(on.store, `${on.root}/from`, randomBytes(10_000));
      const copies = Array.from({ length: 4 }, () => on.store.copy(`${on.root}/from`, `${on.root}/to`));
      const ended = await Promise.allSettled(copies);
      expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(ended.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))).toEqual(
        Array.from({ length: 3 }, () => expect.any(BlobExists)),
      );
      expect(await all(on.store.listUnfinished(on.root))).toEqual([]);
    });

    it('given up before it began, then its reason is thrown and nothing is left', async () => {
      await put(on.store, `${on.root}/from`, Buffer.from('x'));
      const signal = AbortSignal.abort(new Error('given up'));
      await expect(on.store.copy(`${on.root}/from`, `${on.root}/to`, { signal })).rejects.toThrow('given up');
      expect(await on.store.stat(`${on.root}/to`)).toBeNull();
      expect(await all(on.store.listUnfinished(on.root))).toEqual([]);
    });
  });
}
