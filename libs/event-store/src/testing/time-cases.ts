import { VersionConflict } from '../port.js';
import { append, appendNext, some, type Subject } from './support.js';

const LATER = '2199-01-01T00:00:00.000001Z';

export function timeCases(on: Subject): void {
  describe('recorded_at', () => {
    it('given an append on a load, then it carries the time of that load, to the microsecond, in UTC', async () => {
      const before = Date.now();
      const now = await on.store.transact(on.stream, async (tx) => {
        const loaded = await tx.load(0);
        tx.append(0, some(2), loaded.now);
        return loaded.now;
      });
      expect(now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      expect(Math.abs(Date.parse(now) - before)).toBeLessThan(60_000);
      const recorded = await on.store.readStream(on.stream);
      expect(recorded.map(({ recorded_at }) => recorded_at)).toEqual([now, now]);
    });

    it('given a stream whose last event is ahead of the clock, then time stands still until the clock is there', async () => {
      await on.store.transact(on.stream, async (tx) => void tx.append(0, some(1), LATER));
      const next = await append(on.store, on.stream, 1, some(1));
      expect(next[0]?.recorded_at).toBe(LATER);
      expect((await on.store.readStream(on.stream)).map(({ recorded_at }) => recorded_at)).toEqual([LATER, LATER]);
    });

    it('given a time below the previous event’s, then the append is refused as a conflict', async () => {
      await on.store.transact(on.stream, async (tx) => void tx.append(0, some(1), LATER));
      const early = on.store.transact(on.stream, async (tx) => {
        // Nothing above version 1 is loaded, so this `now` is the clock's alone.
        const { now } = await tx.load(1);
        tx.append(1, some(1), now);
      });
      await expect(early).rejects.toThrow(VersionConflict);
      expect(await on.store.readStream(on.stream)).toHaveLength(1);
    });

    it('given writers at once, then no event is older than the one before it', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, nth) => appendNext(nth % 2 ? on.store : on.other, on.stream)));
      const times = (await on.store.readStream(on.stream)).map(({ recorded_at }) => recorded_at);
      expect(times).toEqual(times.toSorted());
      expect(times).toHaveLength(20);
    });
  });
}
