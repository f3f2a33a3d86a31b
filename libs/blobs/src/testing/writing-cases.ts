import { randomBytes } from 'node:crypto';
import { maxBlobKeyLength } from '../key.js';
import { BlobExists, BlobNotFound } from '../port.js';
import { all, bytesOf, expectRefusedKey, put, type Subject } from './support.js';

export function writingCases(on: Subject): void {
  describe('writing', () => {
    it('given a committed write, then the bytes, the size and the time are there for every client', async () => {
      const data = randomBytes(3 * 1024 * 1024 + 17);
      const before = Date.now();
      const info = await put(on.store, `${on.root}/a`, data);
      expect(info).toMatchObject({ key: `${on.root}/a`, size: data.length });
      const other = await on.open();
      expect((await bytesOf(other, `${on.root}/a`)).equals(data)).toBe(true);
      const seen = await other.stat(`${on.root}/a`);
      expect(seen).toEqual(info);
      expect(Math.abs(seen!.modifiedAt.getTime() - before)).toBeLessThan(60_000);
    });

    it('given no bytes, then an empty blob stands', async () => {
      expect((await put(on.store, `${on.root}/empty`, Buffer.alloc(0))).size).toBe(0);
      expect((await bytesOf(on.store, `${on.root}/empty`)).length).toBe(0);
    });

    it('given thousands of small and empty chunks, then they stand in order', async () => {
      const chunks = Array.from({ length: 3000 }, (_, i) => Buffer.from(i % 7 === 0 ? '' : `${i};`));
      const writer = await on.store.writer(`${on.root}/small`);
      for (const chunk of chunks) await writer.write(chunk);
      await writer.commit();
      expect(await bytesOf(on.store, `${on.root}/small`)).toEqual(Buffer.concat(chunks));
    });

    it('given an expected size that turns out wrong, then what was written counts', async () => {
      const writer = await on.store.writer(`${on.root}/guess`, { expectedSize: 10_000_000 });
      await writer.write(Buffer.from('less'));
      expect((await writer.commit()).size).toBe(4);
      expect((await bytesOf(on.store, `${on.root}/guess`)).toString()).toBe('less');
    });

    it('given a write that is not committed, then nothing is visible at its key', async () => {
      const writer = await on.store.writer(`${on.root}/hidden`);
      await writer.write(randomBytes(2 * 1024 * 1024));
      expect(await on.store.stat(`${on.root}/hidden`)).toBeNull();
      await expect(on.store.read(`${on.root}/hidden`)).rejects.toThrow(BlobNotFound);
      expect(await all(on.store.list(on.root))).toEqual([]);
      await writer.abort();
    });

    it('given a taken key, when a second write commits, then it is refused and the first stands', async () => {
      await put(on.store, `${on.root}/taken`, Buffer.from('first'));
      const second = await on.store.writer(`${on.root}/taken`);
      await second.write(Buffer.from('second'));
      await expect(second.commit()).rejects.toThrow(BlobExists);
      await second.abort();
      expect((await bytesOf(on.store, `${on.root}/taken`)).toString()).toBe('first');
      expect(await all(on.store.listUnfinished(on.root))).toEqual([]);
    });

    it('given eight writes of one key at once, then exactly one wins, whole', async () => {
      const bodies = Array.from({ length: 8 }, (_, i) => Buffer.alloc(1_500_000, i + 1));
      const outcomes = await Promise.allSettled(bodies.map((body) => put(on.store, `${on.root}/race`, body)));
      const winners = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [i] : []));
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(BlobExists);
      }
      expect((await bytesOf(on.store, `${on.root}/race`)).equals(bodies[winners[0]!]!)).toBe(true);
    });

    it('given a commit, when it is asked again, then it is the same one', async () => {
      const writer = await on.store.writer(`${on.root}/twice`);
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
      expectRefusedKey(on.store, key),
    );

    it('given the longest key, then it is kept; one more character is refused', async () => {
      const key = `${on.root}/${'k'.repeat(maxBlobKeyLength - on.root.length - 1)}`;
      await put(on.store, key, Buffer.from('long'));
      expect((await all(on.store.list(on.root))).map((info) => info.key)).toEqual([key]);
      await expectRefusedKey(on.store, `${key}k`);
    });
  });
}
