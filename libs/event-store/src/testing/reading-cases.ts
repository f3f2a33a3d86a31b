import { randomUUID } from 'node:crypto';
import type { RecordedEvent } from '@cloud-images/contracts';
import { append, appendNext, endOfLog, readOn, some, versionsOf, type Subject } from './support.js';

export function readingCases(on: Subject): void {
  describe('reading a stream', () => {
    it('given a version, then what is above it comes, oldest first, at most as many as asked for', async () => {
      await append(on.store, on.stream, 0, some(5));
      const versions = (events: readonly RecordedEvent[]) => events.map(({ version }) => version);
      expect(versions(await on.store.readStream(on.stream, 3))).toEqual([4, 5]);
      expect(versions(await on.store.readStream(on.stream, 1, 2))).toEqual([2, 3]);
      expect(await on.store.readStream(on.stream, 5)).toEqual([]);
      expect(await on.store.readStream(on.stream, 6)).toEqual([]);
      const loaded = await on.store.transact(on.stream, (tx) => tx.load(3));
      expect(versions(loaded.events)).toEqual([4, 5]);
      expect(loaded.events).toEqual(await on.store.readStream(on.stream, 3));
    });

    it('given a stream that nobody wrote, then it is empty', async () => {
      expect(await on.store.readStream(on.stream)).toEqual([]);
      expect((await on.store.transact(on.stream, (tx) => tx.load(0))).events).toEqual([]);
    });
  });

  describe('reading the log', () => {
    const place = ({ transaction_id, position }: RecordedEvent) => [BigInt(transaction_id), BigInt(position)] as const;
    const isAbove = (a: RecordedEvent, b: RecordedEvent) => {
      const [[xidA, atA], [xidB, atB]] = [place(a), place(b)];
      return xidA > xidB || (xidA === xidB && atA > atB);
    };

    it('given appends one after another, then they come in that order, in pages, as their streams have them', async () => {
      const start = await endOfLog(on.store);
      const streams = [on.stream, `test-${randomUUID()}`];
      for (const [nth, stream] of [0, 1, 0, 1, 1, 0].map((which, nth) => [nth, streams[which]!] as const)) {
        await append(on.store, stream, (await versionsOf(on.store, stream)).length, some(1 + (nth % 2)));
      }
      const read = await readOn(on.other, start, (events) => events.length >= 9, 2);
      expect(read.map(({ stream, version }) => `${streams.indexOf(stream)}/${version}`)).toEqual([
        '0/1',
        '1/1',
        '1/2',
        '0/2',
        '1/3',
        '1/4',
        '1/5',
        '0/3',
        '0/4',
      ]);
      expect(read.filter(({ stream }) => stream === on.stream)).toEqual(await on.store.readStream(on.stream));
    });

    it('given the end of the log, then nothing comes and nothing is behind', async () => {
      await append(on.store, on.stream, 0, some(1));
      const end = await endOfLog(on.store);
      expect((await on.store.readAll(end, 10)).events).toEqual([]);
      expect((await on.store.readAll(null, 3)).events).toHaveLength(3);
    });

    it('given writers of many streams while it is read, then every event comes once, each stream in its order', async () => {
      const start = await endOfLog(on.store);
      const streams = Array.from({ length: 5 }, () => `test-${randomUUID()}`);
      const writing = Promise.all(
        Array.from({ length: 10 }, async (_, nth) => {
          for (let i = 0; i < 6; i += 1) await appendNext(nth % 2 ? on.store : on.other, streams[(nth + i) % 5]!);
        }),
      );
      const read = await readOn(on.store, start, (events) => events.length >= 60, 7);
      await writing;
      expect((await on.store.readAll(read.at(-1)!, 10)).events).toEqual([]);
      for (const stream of streams) {
        const versions = read.filter((event) => event.stream === stream).map(({ version }) => version);
        expect(versions).toEqual(await versionsOf(on.store, stream));
      }
      expect(read.slice(1).every((event, at) => isAbove(event, read[at]!))).toBe(true);
    });
  });
}
