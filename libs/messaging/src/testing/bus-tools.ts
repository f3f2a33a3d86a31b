import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { consumerGauges } from '../consumer-gauges.js';
import type { Consumer, ConsumerOptions, Delivery, MessageBus } from '../port.js';

export interface BusUnderTest {
  /** A bus as one process has it; each call is another process. */
  open(): Promise<MessageBus>;
  /** Ends a process the hard way: nothing is said to the bus. */
  kill(bus: MessageBus): Promise<void>;
  /** As an operator does it, by mistake. */
  removeTopic(topic: string): Promise<void>;
}

export type BusTools = ReturnType<typeof busTools>;

/** What the cases share: buses that are closed behind each, topics that are filled, deliveries that are judged. */
export function busTools(under: () => BusUnderTest) {
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

  return { open, names, message, until, retry, consume, filled, inOrder, parkedOf };
}
