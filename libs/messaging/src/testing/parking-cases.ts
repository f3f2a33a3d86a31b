import { setTimeout as sleep } from 'node:timers/promises';
import { PermanentFailure, type Delivery } from '../port.js';
import type { BusTools } from './bus-tools.js';

/** What becomes of deliveries that fail: tried again, waited with, parked with their key, replayed or dropped. */
export function parkingCases(tools: BusTools): void {
  const { open, message, until, retry, consume, filled, inOrder, parkedOf } = tools;

  it('given a transient failure, then it is tried again and nothing is parked', async () => {
    const { topic, group, bus, total } = await filled(3, 5);
    const attempts = new Map<string, number>();
    let done = 0;
    await consume(bus, {
      topics: [topic],
      group,
      handle: async ({ partition, offset, attempt }) => {
        attempts.set(`${partition} ${offset}`, attempt);
        if (attempt < 3) throw new Error('not yet');
        done += 1;
      },
    });
    await until(() => done === total);
    expect([...attempts.values()].every((attempt) => attempt === 3)).toBe(true);
    expect(await bus.deadLetters(group, 10)).toEqual([]);
  });

  it('given an outage, then the delivery waits longer than its attempts and is not parked', async () => {
    const { topic, group, bus } = await filled(1, 1);
    let away = true;
    let taken = 0;
    const handle = async () => {
      if (away) throw new Error('database away');
      taken += 1;
    };
    await consume(bus, { topics: [topic], group, handle, isOutage: (error) => error.message === 'database away' });
    await sleep(500);
    away = false;
    await until(() => taken === 1);
    expect(await bus.deadLetters(group, 10)).toEqual([]);
  });

  it('given a poison message, then its key is parked at once, the others move on, and a replay takes all in order', async () => {
    const { topic, group, bus, publisher } = await filled(5, 10);
    let poisoned = true;
    const got: Delivery[] = [];
    const parked: string[] = [];
    await consume(bus, {
      topics: [topic],
      group,
      handle: async (delivery) => {
        if (poisoned && delivery.key === 'key-1' && delivery.value === '4') throw new PermanentFailure('poison');
        got.push(delivery);
      },
      onParked: ({ key }) => void parked.push(key),
    });
    await until(() => got.length === 4 * 10 + 4);
    await until(async () => (await bus.deadLetters(group, 100)).length === 6);
    // Whoever consumes counts what it follows, anybody else what there is.
    for (const one of [bus, await open()]) expect(await parkedOf(one, group)).toEqual({ letters: 6, keys: 1 });
    const letters = await bus.deadLetters(group, 100);
    expect(letters.map(({ key, value }) => `${key} ${value}`)).toEqual([4, 5, 6, 7, 8, 9].map((nth) => `key-1 ${nth}`));
    expect(letters[0]).toMatchObject({ cause: 'poison', topic, group, attempt: 1 });
    expect(parked).toEqual(['key-1']);
    poisoned = false;
    expect(await bus.replayDeadLetters(group)).toBe(6);
    await until(async () => (await bus.deadLetters(group, 100)).length === 0);
    await publisher.publish([message(topic, 'key-1', 10)]);
    await until(() => got.length === 51);
    inOrder(got);
    for (const one of [bus, await open()]) expect(await parkedOf(one, group)).toEqual({ letters: 0, keys: 0 });
  });

  it('given a dead letter that is dropped, then the group never gets it, and the rest of its key in order', async () => {
    const { topic, group, bus } = await filled(2, 6);
    const got: Delivery[] = [];
    const handle = async (delivery: Delivery) => {
      if (delivery.key === 'key-1' && delivery.value === '2') throw new PermanentFailure('poison');
      got.push(delivery);
    };
    await consume(bus, { topics: [topic], group, handle });
    await until(async () => (await bus.deadLetters(group, 100)).length === 4);
    const [poison] = await bus.deadLetters(group, 1);
    expect(poison).toMatchObject({ key: 'key-1', value: '2' });
    expect(await bus.dropDeadLetter(`${group}-of-another`, poison!)).toBe(false);
    expect(await bus.dropDeadLetter(group, poison!)).toBe(true);
    await until(() => got.length === 6 + 5);
    inOrder(got);
    await until(async () => (await bus.deadLetters(group, 100)).length === 0);
    expect(await bus.dropDeadLetter(group, poison!)).toBe(false);
    for (const one of [bus, await open()]) expect(await parkedOf(one, group)).toEqual({ letters: 0, keys: 0 });
  });

  it('given a group that takes many at once, then keys keep their order, and a poison message holds up its own key only', async () => {
    const { topic, group, bus, total } = await filled(8, 40);
    const got: Delivery[] = [];
    const inHand = new Set<string>();
    let most = 0;
    const handle = async (delivery: Delivery) => {
      expect(inHand).not.toContain(delivery.key);
      inHand.add(delivery.key);
      most = Math.max(most, inHand.size);
      await sleep(5);
      inHand.delete(delivery.key);
      if (delivery.key === 'key-3' && delivery.value === '20') throw new PermanentFailure('poison');
      got.push(delivery);
    };
    const only = await bus.consume({ retry, topics: [topic], group, atOnce: 16, handle });
    await until(() => got.length === total - 20);
    await until(async () => (await bus.lag(group)) === 0);
    inOrder(got);
    // Of four partitions taken one by one there would never be more.
    expect(most).toBeGreaterThan(4);
    expect(await parkedOf(bus, group)).toEqual({ letters: 20, keys: 1 });
    await only.stop();
  });

  it('given an error that stays, then the attempts are bounded and the key is parked with the cause', async () => {
    const { topic, group, bus } = await filled(1, 1);
    let attempts = 0;
    const handle = async () => {
      attempts += 1;
      throw new Error(`failure ${attempts}`);
    };
    await consume(bus, { topics: [topic], group, handle });
    await until(async () => (await bus.deadLetters(group, 10)).length === 1);
    expect(attempts).toBe(3);
    expect(await bus.deadLetters(group, 10)).toMatchObject([{ cause: 'failure 3', attempt: 3, value: '0' }]);
  });
}
