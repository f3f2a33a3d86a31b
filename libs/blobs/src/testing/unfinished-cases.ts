import { randomBytes } from 'node:crypto';
import { BlobNotFound } from '../port.js';
import { all, bytesOf, put, type Subject } from './support.js';

export function unfinishedCases(on: Subject): void {
  describe('aborting', () => {
    it.each([0, 1, 5_000_000])('given %d bytes written, when aborted, then nothing is left', async (bytes) => {
      const writer = await on.store.writer(`${on.root}/gone`);
      await writer.write(randomBytes(bytes));
      await writer.abort();
      await writer.abort();
      expect(await all(on.store.listUnfinished(on.root))).toEqual([]);
      expect(await on.store.stat(`${on.root}/gone`)).toBeNull();
      await expect(writer.commit()).rejects.toThrow();
    });

    it('given writes still in flight, when aborted, then they settle first and nothing comes back', async () => {
      const writer = await on.store.writer(`${on.root}/flying`);
      const flying = Array.from({ length: 6 }, () => writer.write(randomBytes(1024 * 1024)).catch(() => undefined));
      await Promise.all([writer.abort(), ...flying]);
      expect(await all(on.store.listUnfinished(on.root))).toEqual([]);
    });

    it('given a committed write, when aborted, then the blob stands', async () => {
      const writer = await on.store.writer(`${on.root}/stands`);
      await writer.write(Buffer.from('kept'));
      await writer.commit();
      await writer.abort();
      expect((await bytesOf(on.store, `${on.root}/stands`)).toString()).toBe('kept');
    });

    it('given a commit under way, when aborted, then one of the two holds, entirely', async () => {
      for (let round = 0; round < 10; round++) {
        const writer = await on.store.writer(`${on.root}/either-${round}`);
        await writer.write(randomBytes(100_000));
        const [committed] = await Promise.allSettled([writer.commit(), writer.abort()]);
        const stands = (await on.store.stat(`${on.root}/either-${round}`)) !== null;
        expect(stands).toBe(committed.status === 'fulfilled');
      }
      expect(await all(on.store.listUnfinished(on.root))).toEqual([]);
    });
  });

  describe('unfinished writes', () => {
    it('given a crash before commit, then another client finds the write by prefix and removes it', async () => {
      const lost = await on.store.writer(`${on.root}/lost`);
      await lost.write(randomBytes(2 * 1024 * 1024));
      const lostToo = await on.store.writer(`${on.root}/lost-too`);
      const other = await on.open();
      const found = await all(other.listUnfinished(`${on.root}/`));
      expect(found.map((info) => info.key)).toEqual([`${on.root}/lost`, `${on.root}/lost-too`]);
      expect(Math.abs(found[0]!.modifiedAt.getTime() - Date.now())).toBeLessThan(60_000);

      await other.abortUnfinished(`${on.root}/lost`);
      await other.abortUnfinished(`${on.root}/lost`);
      expect((await all(other.listUnfinished(on.root))).map((info) => info.key)).toEqual([`${on.root}/lost-too`]);
      await other.abortUnfinished(`${on.root}/lost-too`);
      await expect(lost.commit()).rejects.toThrow(BlobNotFound);
      expect(await on.store.stat(`${on.root}/lost`)).toBeNull();
      await Promise.all([lost.abort(), lostToo.abort()]);
    });

    it('given a committed blob, when its unfinished writes are removed, then it stands', async () => {
      await put(on.store, `${on.root}/done`, Buffer.from('done'));
      await on.store.abortUnfinished(`${on.root}/done`);
      expect((await bytesOf(on.store, `${on.root}/done`)).toString()).toBe('done');
    });
  });
}
