import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from '../port.js';
import { busTools, type BusUnderTest } from './bus-tools.js';
import { parkingCases } from './parking-cases.js';

/** What every adapter must do. Run inside a `describe`. */
export function busConformance(under: () => BusUnderTest): void {
  const tools = busTools(under);
  const { open, names, message, until, consume, filled, inOrder } = tools;

  it('given messages of several keys, then each key arrives whole and in order, headers and all', async () => {
    const { topic, group, bus, total } = await filled(8, 40);
    const got: Delivery[] = [];
    await consume(bus, { topics: [topic], group, handle: async (delivery) => void got.push(delivery) });
    await until(() => got.length >= total);
    inOrder(got);
    expect(got.every(({ value, headers }) => headers['nth'] === value)).toBe(true);
    await until(async () => (await bus.lag(group)) === 0);
  });

  it('given two groups, then both get everything', async () => {
    const { topic, bus, total } = await filled(2, 10);
    const counts = [0, 0];
    for (const at of [0, 1]) {
      const handle = async () => void (counts[at] = (counts[at] ?? 0) + 1);
      await consume(bus, { topics: [topic], group: `${topic}-${at}`, handle });
    }
    await until(() => counts.every((count) => count === total));
  });

  it('given what a group passes over, then it gets the rest, in order, has no lag, and its next member gets none of it again', async () => {
    const { topic, group } = names();
    const bus = await open();
    await bus.ensureTopic(topic, 2);
    const publisher = await bus.publisher();
    const passOver = '^of\\.(?!(?:Use)\\.)[A-Za-z]+\\.v[0-9]+$';
    const typed = (nth: number, ce_type: string) => ({
      ...message(topic, `key-${nth % 3}`, nth),
      headers: { ce_type },
    });
    const types = ['of.NoUse.v1', 'of.Use.v1', 'of.Other.v2', 'of.NoUse.v1', 'unreadable'];
    const some = Array.from({ length: 240 }, (_, nth) => typed(nth, types[nth % types.length] as string));
    await publisher.publish([...some, ...Array.from({ length: 240 }, (_, nth) => typed(240 + nth, 'of.NoUse.v1'))]);
    await publisher.publish([message(topic, 'key-0', 480)]);
    const got: Delivery[] = [];
    const handle = async (delivery: Delivery) => void got.push(delivery);
    const first = await consume(bus, { topics: [topic], group, handle, passOver });
    await until(async () => got.length >= 97 && (await bus.lag(group)) === 0);
    expect(got.map(({ headers }) => headers['ce_type'] ?? 'none').sort()).toEqual([
      ...['none', ...Array<string>(48).fill('of.Use.v1'), ...Array<string>(48).fill('unreadable')],
    ]);
    inOrder(got);
    await publisher.publish([typed(481, 'of.NoUse.v1')]);
    await until(async () => (await bus.lag(group)) === 0);
    await first.stop();
    const again: Delivery[] = [];
    await consume(bus, { topics: [topic], group, handle: async (delivery) => void again.push(delivery) });
    await publisher.publish([message(topic, 'key-0', 482)]);
    await until(() => again.length > 0);
    expect(again.map(({ value }) => value)).toEqual(['482']);
  }, 30_000);

  it('given a member that joins and one that leaves, then nothing is lost and keys keep their order', async () => {
    const { topic, group, bus, publisher } = await filled(6, 20);
    const got: Delivery[] = [];
    const handle = async (delivery: Delivery) => void got.push(delivery);
    const first = await consume(bus, { topics: [topic], group, handle });
    const second = await consume(await open(), { topics: [topic], group, handle });
    await sleep(1_500);
    await first.stop();
    await publisher.publish(Array.from({ length: 6 }, (_, key) => message(topic, `key-${key}`, 20)));
    await until(() => new Set(got.map(({ key, value }) => `${key} ${value}`)).size === 6 * 21);
    inOrder(got);
    await second.stop();
  });

  it('given a member that dies, then another goes on from its last commit', async () => {
    const { topic, group, publisher } = await filled(4, 30);
    const doomed = await under().open();
    const got: Delivery[] = [];
    const handle = async (delivery: Delivery) => {
      got.push(delivery);
      await sleep(2);
    };
    await consume(doomed, { topics: [topic], group, handle });
    await until(() => got.length > 20);
    await under().kill(doomed);
    await consume(await open(), { topics: [topic], group, handle });
    await publisher.publish([message(topic, 'key-0', 30)]);
    await until(() => new Set(got.map(({ key, value }) => `${key} ${value}`)).size === 121);
    inOrder(got);
  }, 30_000);

  parkingCases(tools);

  it('tells where each partition ends, and leaves a topic that is there as it is', async () => {
    const { topic, bus, publisher } = await filled(8, 10);
    await bus.ensureTopic(topic, 40);
    const ends = await publisher.endOffsets(topic);
    expect(ends.size).toBe(4);
    expect([...ends.values()].reduce((sum, end) => sum + Number(end), 0)).toBe(80);
  });

  it('given a topic that somebody removes, then whoever needs it makes it again as it was, and it is read from its start', async () => {
    const { topic, group, bus, publisher } = await filled(8, 5);
    const got = new Set<string>();
    await consume(bus, { topics: [topic], group, handle: async ({ key, value }) => void got.add(`${key} ${value}`) });
    await until(() => got.size === 40);
    await under().removeTopic(topic);
    expect([...(await publisher.endOffsets(topic)).values()]).toEqual(['0', '0', '0', '0']);
    await publisher.publish([message(topic, 'key-1', 5)]);
    await until(() => got.size === 41, 30_000);
    await under().removeTopic(topic);
    // Nobody looked at it in between.
    await publisher.publish([message(topic, 'key-1', 6), message(topic, 'key-2', 6)]);
    await until(() => got.size === 43, 30_000);
    expect((await publisher.endOffsets(topic)).size).toBe(4);
  }, 60_000);

  it('given a handler that hangs, then a stop ends in the time that it was given', async () => {
    const { topic, group } = await filled(1, 1);
    const bus = await under().open();
    let started = false;
    let release = (): void => undefined;
    const handle = () => {
      started = true;
      return new Promise<void>((resolve) => (release = resolve));
    };
    const consumer = await consume(bus, { topics: [topic], group, handle });
    await until(() => started);
    const before = Date.now();
    await consumer.stop(300);
    expect(Date.now() - before).toBeLessThan(2_000);
    release();
    await bus.close();
  });
}
