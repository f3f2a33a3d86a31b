import { VersionConflict } from '../port.js';
import { append, appendNext, happened, some, versionsOf, type Subject } from './support.js';

export function versionCases(on: Subject): void {
  const idsNow = async () => (await on.store.readStream(on.stream)).map(({ event_id }) => event_id);

  describe('the expected version', () => {
    it.each([0, 1, 3, 9])(
      'given a stream at version 2 and %i expected, then the append is refused',
      async (expected) => {
        await append(on.store, on.stream, 0, some(2));
        const late = append(on.store, on.stream, expected, some(2));
        await expect(late).rejects.toThrow(VersionConflict);
        await expect(late).rejects.toMatchObject({ stream: on.stream, expectedVersion: expected });
        expect(await versionsOf(on.store, on.stream)).toEqual([1, 2]);
      },
    );

    it('given a conflict in one of two appends, then neither is recorded', async () => {
      const both = on.store.transact(on.stream, async (tx) => {
        const { now } = await tx.load(0);
        tx.append(0, some(1), now);
        tx.append(2, some(1), now);
      });
      await expect(both).rejects.toThrow(VersionConflict);
      expect(await on.store.readStream(on.stream)).toEqual([]);
    });

    it('given a stream that is presumed to be new, then that is so, or the append is refused', async () => {
      const begin = (stream: string) =>
        on.store.transact(stream, async (tx) => {
          const { now, events } = tx.presumeNew() ?? (await tx.load(0));
          return { events, appended: tx.append(0, some(1), now) };
        });
      await appendNext(on.store, `${on.stream}-before`);
      const { events, appended } = await begin(on.stream);
      expect(events).toEqual([]);
      const [recorded] = await on.store.readStream(on.stream);
      expect(recorded).toMatchObject(appended[0] as object);
      expect(Math.abs(Date.parse(recorded?.recorded_at ?? '') - Date.now())).toBeLessThan(60_000);
      await expect(begin(on.stream)).rejects.toThrow(VersionConflict);
      expect(await versionsOf(on.store, on.stream)).toEqual([1]);
    });

    it('given eight that expect the same version at once, then exactly one is recorded', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, (_, nth) => append(nth % 2 ? on.store : on.other, on.stream, 0, [happened(nth)])),
      );
      const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
      expect(await idsNow()).toEqual(won.map(({ event_id }) => event_id));
      expect(won).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(VersionConflict);
      }
    });

    it('given writers that try again in a new transaction, then each is recorded once, without a gap', async () => {
      const done = await Promise.all(
        Array.from({ length: 40 }, (_, nth) => appendNext(nth % 2 ? on.store : on.other, on.stream)),
      );
      expect((await idsNow()).toSorted()).toEqual(done.map(({ event_id }) => event_id).toSorted());
      expect(await versionsOf(on.store, on.stream)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    });

    it('given exclusive writers, then they take turns and none meets a conflict', async () => {
      let running = 0;
      const one = (nth: number) =>
        (nth % 2 ? on.store : on.other).transact(
          on.stream,
          async (tx) => {
            const { events, now } = await tx.load(0);
            expect((running += 1)).toBe(1);
            tx.append(events.length, [happened(nth)], now);
            running -= 1;
          },
          { exclusive: true },
        );
      await Promise.all(Array.from({ length: 12 }, (_, nth) => one(nth)));
      expect(await versionsOf(on.store, on.stream)).toHaveLength(12);
    });
  });

  describe('the same events again', () => {
    it('given the same ids at the same places, then it succeeds and nothing is recorded twice', async () => {
      const events = some(3);
      const first = await append(on.store, on.stream, 0, events);
      const again = await append(on.other, on.stream, 0, events);
      expect(again.map(({ version, event_id }) => [version, event_id])).toEqual(
        first.map(({ version, event_id }) => [version, event_id]),
      );
      expect(await idsNow()).toEqual(events.map(({ event_id }) => event_id));
    });

    it('given that the stream went on meanwhile, then it still succeeds', async () => {
      const events = some(2);
      await append(on.store, on.stream, 0, events);
      await append(on.store, on.stream, 2, some(2));
      await append(on.store, on.stream, 0, events);
      expect(await versionsOf(on.store, on.stream)).toEqual([1, 2, 3, 4]);
    });

    it('given only some of them recorded, or one by another id, then it is a conflict', async () => {
      const events = some(3);
      await append(on.store, on.stream, 0, events.slice(0, 2));
      await expect(append(on.store, on.stream, 0, events)).rejects.toThrow(VersionConflict);
      await expect(append(on.store, on.stream, 0, [events[0]!, happened(9)])).rejects.toThrow(VersionConflict);
      await expect(append(on.store, on.stream, 0, [events[1]!])).rejects.toThrow(VersionConflict);
      expect(await versionsOf(on.store, on.stream)).toEqual([1, 2]);
    });
  });
}
