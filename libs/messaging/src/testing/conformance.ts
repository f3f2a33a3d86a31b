import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { consumerGauges } from '../consumer-gauges.js';
import { PermanentFailure, type Consumer, type ConsumerOptions, type Delivery, type MessageBus } from '../port.js';

export interface BusUnderTest {
  /** A bus as one process has it; each call is another process. */
  open(): Promise<MessageBus>;
  /** Ends a process the hard way: nothing is said to the bus. */
  kill(bus: MessageBus): Promise<void>;
  /** As an operator does it, by mistake. */
  removeTopic(topic: string): Promise<void>;
}

/** What every adapter must do. Run inside a `describe`. */
export function busConformance(under: () => BusUnderTest): void {
  const opened: MessageBus[] = [];
  const open = async () => {
    const bus = await under().open();
    opened.push(bus);
    return bus;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((bus) => bus.close().catch(() => undefined)));
  });

  const names = () => ({ topic: `topic-${randomUUID()}`, group: `group-${randomUUID()}` });
  const message = (topic: string, key: string, nth: number) => ({
    topic,
    key,
    value: String(nth),
    headers: { nth: String(nth) },
  });
  const until = async (what: () => boolean | Promise<boolean>, ms = 15_000) => {
    for (const end = Date.now() + ms; !(await what()); await sleep(20)) {
      if (Date.now() > end) throw new Error('waited in vain');
    }
  };
  const retry = { attempts: 3, baseMs: 5, maxMs: 20 };
  const consume = (bus: MessageBus, options: Omit<ConsumerOptions, 'retry'>): Promise<Consumer> =>
    bus.consume({ retry, ...options });

  async function filled(keys: number, each: number) {
    const { topic, group } = names();
    const bus = await open();
    await bus.ensureTopic(topic, 4);
    const publisher = await bus.publisher();
    const messages = Array.from({ length: each }, (_, nth) =>
      Array.from({ length: keys }, (_unused, key) => message(topic, `key-${key}`, nth)),
    ).flat();
    for (let at = 0; at < messages.length; at += 100) await publisher.publish(messages.slice(at, at + 100));
    return { topic, group, bus, publisher, total: keys * each };
  }
  const inOrder = (deliveries: readonly Delivery[]) => {
    for (const [, ofKey] of Map.groupBy(deliveries, ({ key }) => key)) {
      const firsts = [...new Set(ofKey.map(({ value }) => Number(value)))];
      expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
    }
  };

  /** As /metrics shows it. */
  const parkedOf = async (bus: MessageBus, group: string) => {
    const shown = await consumerGauges(bus, group).read();
    return { letters: shown.cloud_images_consumer_dead_letters, keys: shown.cloud_images_consumer_parked_keys };
  };

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
    await sleep(500);
    await first.stop();
    expect(await bus.lag(group)).toBe(0);
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
