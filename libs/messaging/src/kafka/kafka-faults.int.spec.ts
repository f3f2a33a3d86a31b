import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { startKafkaBroker, type KafkaBroker } from '../../../../tools/kafka-broker.mjs';
import type { MessageBus, Publisher } from '../port.js';
import { createKafkaBus, type KafkaBusOptions } from './bus.js';
import { numbered, Received, until, upTo } from './testing/traffic.js';

const keys = ['a', 'b', 'c', 'd'];
// A broker on a busy machine takes its time to start.
jest.setTimeout(300_000);

describe('the bus, when Kafka fails', () => {
  let broker: KafkaBroker;
  let bus: MessageBus;
  let topic: string;
  let troubles: string[];
  beforeAll(async () => {
    broker = await startKafkaBroker();
  });
  afterAll(() => broker?.remove());
  beforeEach(() => {
    topic = `faults-${randomUUID()}`;
    troubles = [];
    bus = open();
  });
  afterEach(() => bus.close());

  const open = (options: Partial<KafkaBusOptions> = {}) =>
    createKafkaBus({
      brokers: [broker.address],
      clientId: 'test',
      sessionTimeoutMs: 6_000,
      onTrouble: (error) => troubles.push(String(error)),
      ...options,
    });

  /** As the relay does it: the same again until it is acknowledged, then the next. */
  async function relay(publisher: Publisher, count: number, from = 0): Promise<void> {
    for (const nth of upTo(count, from)) {
      const batch = keys.map((key) => numbered(topic, key, nth));
      for (const end = Date.now() + 120_000; ; await sleep(100)) {
        try {
          await publisher.publish(batch);
          break;
        } catch (error) {
          if (Date.now() > end) throw error;
        }
      }
      await sleep(10);
    }
  }

  const expectAll = (received: Received, count: number) => {
    for (const key of keys) expect(received.firstsOf(key)).toEqual(upTo(count));
  };

  it.each([
    ['is restarted', () => broker.stop()],
    ['crashes', () => broker.kill()],
  ])(
    'given a broker that %s under traffic, then nothing is lost, each key keeps its order, and all goes on by itself',
    async (_what, fail) => {
      await bus.ensureTopic(topic, 4);
      const received = new Received();
      await bus.consume({ group: topic, topics: [topic], handle: received.handle });
      const publisher = await bus.publisher();
      await relay(publisher, 20);
      const relaying = relay(publisher, 60, 20);
      await sleep(100);
      await fail();
      await sleep(1_000);
      await broker.start();
      const back = Date.now();
      await relaying;
      await until(() => received.ids.size === keys.length * 60, 60_000);
      expect(Date.now() - back).toBeLessThan(60_000);
      expectAll(received, 60);
    },
  );

  it('given a broker that is not there yet, then a bus may be opened and used, and works when it comes', async () => {
    await broker.stop();
    const patient = open();
    await patient.ensureTopic(topic, 4);
    expect(troubles).not.toEqual([]);
    const received = new Received();
    await patient.consume({ group: topic, topics: [topic], handle: received.handle });
    const publisher = await patient.publisher();
    await expect(publisher.publish([numbered(topic, 'a', 0)])).rejects.toThrow();
    await broker.start();
    await relay(publisher, 1);
    await until(() => received.ids.size === keys.length, 60_000);
    await patient.close();
  });

  it('given a broker that takes and never answers, then the silent consumer is noticed and started again', async () => {
    const watchful = open({ silenceMs: 3_000 });
    await watchful.ensureTopic(topic, 4);
    const received = new Received();
    await watchful.consume({ group: topic, topics: [topic], handle: received.handle });
    const publisher = await watchful.publisher();
    await relay(publisher, 5);
    await until(() => received.ids.size === keys.length * 5);
    await broker.pause();
    await until(() => troubles.some((trouble) => trouble.includes('silent')), 20_000);
    await broker.unpause();
    await relay(publisher, 10, 5);
    await until(() => received.ids.size === keys.length * 10, 60_000);
    expectAll(received, 10);
    await watchful.close();
  });

  it('given a broker that is away, then closing the bus does not wait for it', async () => {
    await bus.ensureTopic(topic, 4);
    await bus.consume({ group: topic, topics: [topic], handle: async () => undefined });
    await sleep(1_000);
    await broker.pause();
    const before = Date.now();
    await bus.close();
    expect(Date.now() - before).toBeLessThan(15_000);
    await broker.unpause();
  });
});
