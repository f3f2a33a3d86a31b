// A Kafka broker of a test's own: one node, reachable on this machine only, thrown away afterwards. A container, or a
// process of a Kafka that is here: CLOUD_IMAGES_TEST_OWN_KAFKA is `docker`, or the directory of its jars.
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { freePorts } from './free-ports.mjs';
import { KafkaContainer, whyNoContainer } from './kafka-container.mjs';
import { KafkaProcess, whyNoProcess } from './kafka-process.mjs';

const READY_WITHIN_MS = 120_000;

const settings = {
  'node.id': 1,
  'process.roles': 'broker,controller',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'group.initial.rebalance.delay.ms': 0,
  // As a careful operator has it; and what we do must not rest on it.
  'auto.create.topics.enable': false,
};

const named = () => process.env.CLOUD_IMAGES_TEST_OWN_KAFKA || 'docker';

/** Why no broker can be started here, in words; undefined when one can. Gets the image when it is not there yet. */
export const whyNoBroker = (say = () => {}) => (named() === 'docker' ? whyNoContainer(say) : whyNoProcess(named()));

/** Resolves when it answers. */
export async function startKafkaBroker() {
  const [port, controllerPort] = await freePorts(2);
  const host =
    named() === 'docker'
      ? new KafkaContainer(port, settings)
      : new KafkaProcess(named(), port, controllerPort, settings);
  const broker = new KafkaBroker(host, `127.0.0.1:${port}`);
  try {
    await broker.start();
    return broker;
  } catch (error) {
    await broker.remove();
    throw error;
  }
}

class KafkaBroker {
  #host;

  constructor(host, address) {
    this.#host = host;
    this.address = address;
  }

  /** What it had, it has again. */
  async start() {
    await this.#host.start();
    await answers(this.address);
  }
  /** As an operator does it. */
  stop = () => this.#host.stop();
  /** As a power cut does it. */
  kill = () => this.#host.kill();
  /** Nothing is refused, and nothing is answered. */
  pause = () => this.#host.pause();
  unpause = () => this.#host.unpause();
  remove = () => this.#host.remove();
}

async function answers(address) {
  const kafka = new kafkajs.Kafka({
    brokers: [address],
    clientId: 'is-it-there',
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 1, initialRetryTime: 100 },
  });
  for (const end = Date.now() + READY_WITHIN_MS; ; await sleep(200)) {
    const admin = kafka.admin();
    try {
      await admin.connect();
      // The group coordinator is the last to be there.
      await admin.describeGroups(['nobody']);
      return;
    } catch (error) {
      if (Date.now() > end) throw new Error(`Kafka did not answer on ${address}`, { cause: error });
    } finally {
      await admin.disconnect().catch(() => {});
    }
  }
}
