import { randomUUID } from 'node:crypto';
import { append, happened, metadata, some, versionsOf, type Subject } from './support.js';

export function appendingCases(on: Subject): void {
  describe('appending', () => {
    it('given events, then they stand at 1, 2, 3 with all that was given, for every client', async () => {
      const data = { text: 'ünï → \u{1f5bc} "quoted" \\ \n', deep: { list: [1, 0.5, -7, null, true, []] }, empty: {} };
      const events = [{ ...happened(1), data }, happened(2), happened(3)];
      const appended = await append(on.store, on.stream, 0, events);
      expect(appended).toMatchObject(
        events.map((event, at) => ({ ...event, stream: on.stream, version: at + 1, schema_version: 1 })),
      );
      const recorded = await on.other.readStream(on.stream);
      expect(recorded).toEqual(
        appended.map((event) => ({
          ...event,
          position: expect.stringMatching(/^\d+$/),
          transaction_id: expect.stringMatching(/^\d+$/),
        })),
      );
    });

    it('given all that metadata can hold, then it comes back as it was', async () => {
      const full = { ...metadata, causation_id: randomUUID(), context_digest: 'ab'.repeat(32) };
      await append(on.store, on.stream, 0, [{ ...happened(1), metadata: full }]);
      expect((await on.other.readStream(on.stream))[0]?.metadata).toEqual(full);
    });

    it('given two appends in one transaction, then the second goes on where the first ended', async () => {
      await on.store.transact(on.stream, async (tx) => {
        const { now } = await tx.load(0);
        tx.append(0, some(2), now);
        tx.append(2, some(1), now);
      });
      expect(await versionsOf(on.store, on.stream)).toEqual([1, 2, 3]);
    });

    it('given no events, then nothing is appended, and the transaction answers what its work did', async () => {
      expect(await append(on.store, on.stream, 0, [])).toEqual([]);
      expect(await on.store.transact(on.stream, async () => 'done')).toBe('done');
      expect(await on.store.readStream(on.stream)).toEqual([]);
    });

    it('given work that throws after its append, then nothing is recorded and the caller gets what was thrown', async () => {
      const refused = new Error('refused');
      const failing = on.store.transact(on.stream, async (tx) => {
        tx.append(0, some(2), (await tx.load(0)).now);
        throw refused;
      });
      await expect(failing).rejects.toBe(refused);
      expect(await on.store.readStream(on.stream)).toEqual([]);
      await append(on.store, on.stream, 0, some(1));
      expect(await versionsOf(on.store, on.stream)).toEqual([1]);
    });

    it('given a transaction under way, then nobody sees its events before it ends', async () => {
      await on.store.transact(on.stream, async (tx) => {
        tx.append(0, some(1), (await tx.load(0)).now);
        expect(await on.other.readStream(on.stream)).toEqual([]);
      });
      expect(await versionsOf(on.other, on.stream)).toEqual([1]);
    });

    it('given objects that change after the append, then the record does not', async () => {
      const event = { ...happened(1), data: { list: [1] } };
      await append(on.store, on.stream, 0, [event]);
      event.data.list.push(2);
      const [recorded] = await on.store.readStream(on.stream);
      expect(recorded?.data).toEqual({ list: [1] });
      (recorded?.data as { list: number[] }).list.push(3);
      expect((await on.store.readStream(on.stream))[0]?.data).toEqual({ list: [1] });
    });

    it('given streams whose names differ in case or in accents only, then they are different streams', async () => {
      const names = [`${on.stream}-a`, `${on.stream}-A`, `${on.stream}-ä`];
      for (const name of names) await append(on.store, name, 0, some(1));
      for (const name of names) expect(await versionsOf(on.store, name)).toEqual([1]);
    });

    it('given a thousand events at once, then they stand in order', async () => {
      const events = some(1000);
      await append(on.store, on.stream, 0, events);
      const recorded = await on.store.readStream(on.stream);
      expect(recorded.map(({ event_id }) => event_id)).toEqual(events.map(({ event_id }) => event_id));
    });
  });
}
