import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import kafkajs, { type Admin, type ISocketFactory } from 'kafkajs';
import { testBroker } from '../../../../test/support/kafka.js';
import { PermanentFailure, type Delivery, type MessageBus } from '../port.js';
import { busConformance } from '../testing/conformance.js';
import { createKafkaBus, type KafkaBusOptions } from './bus.js';
import { connectTo, severable } from './connection.js';
import { deadLetterTopic } from './dead-letter-records.js';
import { setPlaces } from './testing/set-places.js';
import { numbered, Received, until, upTo } from './testing/traffic.js';
import { headersOf, readAll, TopicReader, type KafkaRecord } from './topic-reader.js';

const brokers = [testBroker()];
const retry = { attempts: 3, baseMs: 5, maxMs: 20 };
// A rebalance takes a heartbeat, a member that died its session.
jest.setTimeout(60_000);

describe('the bus on Kafka', () => {
  const severOf = new Map<MessageBus, () => void>();
  const open = async (options: Partial<KafkaBusOptions> = {}) => {
    const { connection, sever } = severable({ brokers, clientId: `test-${randomUUID()}` });
    const bus = createKafkaBus({ ...connection, sessionTimeoutMs: 6_000, ...options });
    severOf.set(bus, sever);
    return bus;
  };

  let admin: Admin;
  beforeAll(async () => {
    admin = connectTo({ brokers, clientId: 'operator' }).admin();
    await admin.connect();
  });
  afterAll(() => admin.disconnect());
  const removeTopic = async (topic: string) => {
    await admin.deleteTopics({ topics: [topic] });
    await sleep(200);
  };

  busConformance(() => ({
    removeTopic,
    open: () => open(),
    // The broker hears nothing of a process that died: it finds out by the silence.
    kill: async (bus) => {
      severOf.get(bus)?.();
      await bus.close();
    },
  }));

  describe('and only there', () => {
    let bus: MessageBus;
    let topic: string;
    beforeEach(async () => {
      bus = await open();
      topic = `only-${randomUUID()}`;
      await bus.ensureTopic(topic, 4);
    });
    afterEach(() => bus.close());

    const makeAnew = async (partitions = 4) => {
      await removeTopic(topic);
      await bus.ensureTopic(topic, partitions);
    };

    it('given a bus that is closed while it is at work, then none of its connections is left', async () => {
      const sockets = new Set<Socket>();
      const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
        const socket = connect({ host, port }, onConnect).setMaxListeners(0);
        sockets.add(socket);
        return socket;
      };
      for (const after of [0, 3, 10, 30, 100, 300, 1_000]) {
        const short = await open({ socketFactory });
        await short.ensureTopic(topic, 4);
        const publisher = await short.publisher();
        await short.consume({ group: topic, topics: [topic], handle: async () => undefined });
        void publisher.publish(upTo(20).map((nth) => numbered(topic, 'a', nth))).catch(() => undefined);
        void short.lag(topic).catch(() => undefined);
        await sleep(after);
        await short.close();
      }
      expect(sockets.size).toBeGreaterThan(20);
      await until(() => [...sockets].every((socket) => socket.destroyed));
    });

    it('given publishes that come at once, then none overlaps another: no message twice, each key in order', async () => {
      const publisher = await bus.publisher();
      await Promise.all(
        upTo(40).map((nth) => publisher.publish(['a', 'b', 'c', 'd', 'e'].map((key) => numbered(topic, key, nth)))),
      );
      const ends = await publisher.endOffsets(topic);
      expect([...ends.values()].reduce((sum, end) => sum + Number(end), 0)).toBe(200);
      const received = new Received();
      await bus.consume({ group: topic, topics: [topic], handle: received.handle });
      await until(() => received.deliveries.length === 200);
      for (const key of ['a', 'b', 'c', 'd', 'e']) expect(received.firstsOf(key)).toEqual(upTo(40));
    });

    it('given an image with all the properties that it may have, then its event of 10 MB gets through', async () => {
      const publisher = await bus.publisher();
      const received = new Received();
      await bus.consume({ group: topic, topics: [topic], handle: received.handle });
      const large = { ...numbered(topic, 'a', 1), value: 'ü'.repeat(5_000_000) };
      await publisher.publish([numbered(topic, 'a', 0), large, numbered(topic, 'a', 2)]);
      await until(() => received.deliveries.length === 3);
      expect(received.deliveries[1]?.value).toBe(large.value);
    });

    it('given a handler slower than the session timeout, then it stays a member, and other partitions move on', async () => {
      const publisher = await bus.publisher();
      const received = new Received();
      const taken: number[] = [];
      await bus.consume({
        group: topic,
        topics: [topic],
        handle: async (delivery) => {
          await received.handle(delivery);
          if (delivery.key === 'slow') await sleep(8_000).then(() => taken.push(Date.now()));
        },
      });
      await publisher.publish([
        numbered(topic, 'slow', 0),
        ...upTo(50).map((nth) => numbered(topic, `key-${nth}`, nth)),
      ]);
      const partition = () => received.deliveries.find(({ key }) => key === 'slow')?.partition;
      const others = () => received.deliveries.filter((one) => one.partition !== partition()).length;
      await until(() => others() > 25, 7_000);
      expect(taken).toHaveLength(0);
      await until(() => received.deliveries.length === 51, 15_000);
      expect(taken).toHaveLength(1);
      await until(async () => (await bus.lag(topic)) === 0, 15_000);
    });

    it('given members that come and go all the time, then nothing is lost and each key keeps its order', async () => {
      const publisher = await bus.publisher();
      const received = new Received();
      const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
      const handle = async (delivery: Delivery) => {
        await received.handle(delivery);
        await sleep(Math.random() * 5);
      };
      const steady = await bus.consume({ group: topic, topics: [topic], handle });
      const coming = await open();
      let storm = true;
      const churn = async () => {
        while (storm) {
          const member = await coming.consume({ group: topic, topics: [topic], handle });
          await sleep(Math.random() * 3_000);
          await member.stop();
        }
      };
      const churning = [churn(), churn()];
      const count = 150;
      for (const nth of upTo(count)) {
        await publisher.publish(keys.map((key) => numbered(topic, key, nth)));
        await sleep(80);
      }
      storm = false;
      await Promise.all(churning);
      await until(() => received.ids.size === keys.length * count, 30_000);
      for (const key of keys) expect(received.firstsOf(key)).toEqual(upTo(count));
      await steady.stop();
      await coming.close();
    });

    it('given a parked key, when its member restarts and another joins, then it is still parked, until a replay', async () => {
      const publisher = await bus.publisher();
      let broken = true;
      const received = new Received();
      const consume = async (of: MessageBus) =>
        of.consume({
          group: topic,
          topics: [topic],
          retry,
          handle: async (delivery) => {
            if (broken && delivery.key === 'a' && delivery.value === '0') throw new PermanentFailure('not yet');
            await received.handle(delivery);
          },
        });
      const first = await consume(bus);
      await publisher.publish([numbered(topic, 'a', 0), numbered(topic, 'b', 0)]);
      await until(async () => (await bus.deadLetters(topic, 10)).length === 1);
      await first.stop();
      const other = await open();
      await consume(other);
      await publisher.publish([numbered(topic, 'a', 1), numbered(topic, 'b', 1)]);
      await until(async () => (await bus.deadLetters(topic, 10)).length === 2);
      await consume(bus);
      await sleep(1_500);
      await publisher.publish([numbered(topic, 'a', 2), numbered(topic, 'b', 2)]);
      await until(async () => (await bus.deadLetters(topic, 10)).length === 3);
      broken = false;
      expect(await bus.replayDeadLetters(topic, 'b')).toBe(0);
      expect(await bus.replayDeadLetters(topic, 'a')).toBe(3);
      await until(() => received.firstsOf('a').length === 3);
      expect(received.firstsOf('a')).toEqual([0, 1, 2]);
      expect(received.firstsOf('b')).toEqual([0, 1, 2]);
      await other.close();
    });

    it('given a replay that fails again, then the rest stays parked behind it and waits for the next request', async () => {
      const publisher = await bus.publisher();
      const attempts: string[] = [];
      const parked: string[] = [];
      await bus.consume({
        group: topic,
        topics: [topic],
        retry,
        handle: async ({ value }) => {
          attempts.push(value);
          throw new PermanentFailure(`no to ${value}`);
        },
        onParked: ({ offset }, cause) => void parked.push(`${offset} ${cause.message}`),
      });
      await publisher.publish([numbered(topic, 'a', 0), numbered(topic, 'a', 1)]);
      await until(async () => (await bus.deadLetters(topic, 10)).length === 2);
      await bus.replayDeadLetters(topic);
      await until(() => parked.length === 2);
      await sleep(500);
      expect(attempts).toEqual(['0', '0']);
      expect(await bus.deadLetters(topic, 10)).toMatchObject([
        { value: '0', cause: 'no to 0', attempt: 2 },
        { value: '1', cause: 'an earlier message of this key is parked', attempt: 1 },
      ]);
    });

    it('tells other programs of a dead letter why it is there and whence', async () => {
      const publisher = await bus.publisher();
      const handle = async () => {
        throw new PermanentFailure('no such image');
      };
      await bus.consume({ group: topic, topics: [topic], retry, handle });
      await publisher.publish([numbered(topic, 'a', 0)]);
      await until(async () => (await bus.deadLetters(topic, 10)).length === 1);
      const records: KafkaRecord[] = [];
      const reader = await TopicReader.open({ brokers, clientId: 'another program' }, deadLetterTopic(topic));
      await readAll(reader, (record) => records.push(record));
      await reader.close();
      expect(headersOf(records[0] as KafkaRecord)).toMatchObject({
        ce_id: 'first a 0',
        dead_letter_topic: topic,
        dead_letter_offset: '0',
        dead_letter_key: 'a',
        dead_letter_attempt: '1',
        dead_letter_cause: 'no such image',
      });
    });

    it('given a topic that is made anew under a running consumer, then it starts from the beginning', async () => {
      const publisher = await bus.publisher();
      const received = new Received();
      await bus.consume({ group: topic, topics: [topic], handle: received.handle });
      await publisher.publish(upTo(20).map((nth) => numbered(topic, 'a', nth)));
      await until(() => received.deliveries.length === 20);
      await makeAnew();
      await publisher.publish(upTo(3).map((nth) => numbered(topic, 'a', nth, 'second')));
      await until(() => received.ids.size === 23, 30_000);
    });

    it('given a topic that is made anew and longer than before while nobody consumes, then it starts from the beginning', async () => {
      const publisher = await bus.publisher();
      const received = new Received();
      const consumer = await bus.consume({ group: topic, topics: [topic], handle: received.handle });
      await publisher.publish(upTo(20).map((nth) => numbered(topic, 'a', nth)));
      await until(() => received.deliveries.length === 20);
      await consumer.stop();
      const places = await admin.fetchOffsets({ groupId: topic, topics: [topic] });
      await makeAnew();
      await publisher.publish(upTo(30).map((nth) => numbered(topic, 'a', nth, 'second')));
      // Kafka forgets the places in a topic that is deleted; a mirrored or restored cluster does not.
      await setPlaces(
        { brokers, clientId: 'operator' },
        topic,
        (places[0]?.partitions ?? []).filter(({ offset }) => offset === '20').map((place) => ({ topic, ...place })),
      );
      await bus.consume({ group: topic, topics: [topic], handle: received.handle });
      await until(() => received.ids.size === 50);
    });

    it('given a place behind the end of its partition, then it starts from the beginning', async () => {
      const publisher = await bus.publisher();
      await publisher.publish(upTo(3).map((nth) => numbered(topic, 'a', nth)));
      await setPlaces(
        { brokers, clientId: 'operator' },
        topic,
        upTo(4).map((partition) => ({ topic, partition, offset: '99' })),
      );
      const received = new Received();
      await bus.consume({ group: topic, topics: [topic], handle: received.handle });
      await until(() => received.deliveries.length === 3);
    });

    it('given a place whose messages the retention removed, then it starts with the first that is left', async () => {
      const publisher = await bus.publisher();
      await publisher.publish(upTo(5).map((nth) => numbered(topic, 'a', nth)));
      const all = [...(await publisher.endOffsets(topic))];
      const partition = all.find(([, end]) => end === '5')?.[0] ?? 0;
      await setPlaces({ brokers, clientId: 'operator' }, topic, [{ topic, partition, offset: '1' }]);
      // kafkajs deletes in topics only that it was asked about before.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: '3' }] });
      const received = new Received();
      await bus.consume({ group: topic, topics: [topic], handle: received.handle });
      await until(() => received.deliveries.length === 2);
      expect(received.firstsOf('a')).toEqual([3, 4]);
    });

    it('given that nothing was taken yet, then the lag tells what waits', async () => {
      const publisher = await bus.publisher();
      await publisher.publish(upTo(7).map((nth) => numbered(topic, `key-${nth}`, nth)));
      const handle = () => sleep(60_000, undefined, { ref: false });
      const consumer = await bus.consume({ group: topic, topics: [topic], handle });
      await until(async () => (await bus.lag(topic)) === 7);
      await consumer.stop(100);
    });

    it('given a consumer that was stopped, then its handler is not called again', async () => {
      const publisher = await bus.publisher();
      const received = new Received();
      const consumer = await bus.consume({ group: topic, topics: [topic], handle: received.handle });
      await publisher.publish([numbered(topic, 'a', 0)]);
      await until(() => received.deliveries.length === 1);
      await consumer.stop();
      await publisher.publish([numbered(topic, 'a', 1)]);
      await sleep(1_500);
      expect(received.deliveries).toHaveLength(1);
    });

    it('makes topics as it is configured', async () => {
      const [images, security] = [`images-${randomUUID()}`, `security-${randomUUID()}`];
      const careful = await open({ minInsyncReplicas: 1, retentionDays: { [security]: 30 } });
      await careful.ensureTopic(images, 12);
      await careful.ensureTopic(security, 3);
      await careful.close();
      const resources = [images, security].map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name }));
      const described = await admin.describeConfigs({ resources, includeSynonyms: false });
      const configOf = (name: string) =>
        Object.fromEntries(
          described.resources
            .filter(({ resourceName }) => resourceName === name)
            .flatMap(({ configEntries }) => configEntries.map((entry) => [entry.configName, entry.configValue])),
        );
      expect(configOf(images)).toMatchObject({ 'retention.ms': '-1', 'min.insync.replicas': '1' });
      expect(configOf(security)).toMatchObject({ 'retention.ms': String(30 * 86_400_000), 'cleanup.policy': 'delete' });
      expect((await admin.fetchTopicMetadata({ topics: [images] })).topics[0]?.partitions).toHaveLength(12);
    });
  });
});
