// A Kafka broker of a test's own: one node in a container, reachable on this machine only, thrown away afterwards.
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { freePorts } from './free-ports.mjs';
import { runProgram } from './run-program.mjs';

const image = 'apache/kafka:4.3.1';
// The image formats the disk at each start, and some versions of it end when they find it formatted.
const command = `
if [ -e /tmp/formatted ]; then exec /opt/kafka/bin/kafka-server-start.sh /opt/kafka/config/server.properties; fi
touch /tmp/formatted
exec /etc/kafka/docker/run`;
const READY_WITHIN_MS = 120_000;
const PULL_WITHIN_MS = 300_000;

/** Why no broker can be started here, in words; undefined when one can. Gets the image when it is not there yet. */
export async function whyNoBroker(say = () => {}) {
  try {
    await docker(['version', '--format', '{{.Server.Version}}'], 10_000);
  } catch {
    return 'docker does not answer';
  }
  try {
    await docker(['image', 'inspect', image]);
    return undefined;
  } catch {
    say(`getting ${image}`);
  }
  try {
    await docker(['pull', '--quiet', image], PULL_WITHIN_MS);
    return undefined;
  } catch (error) {
    return `the image ${image} can't be had (${error.message.split('\n').at(-1)})`;
  }
}

/** Resolves when it answers. */
export async function startKafkaBroker() {
  const [port] = await freePorts(1);
  const broker = new KafkaBroker(`cloud-images-test-kafka-${process.pid}-${port}`, `127.0.0.1:${port}`);
  await broker.run(port);
  return broker;
}

class KafkaBroker {
  #name;

  constructor(name, address) {
    this.#name = name;
    this.address = address;
  }

  async run(port) {
    const settings = {
      // Half of it is too little for large messages to hundreds of topics.
      KAFKA_HEAP_OPTS: '-Xms512m -Xmx512m',
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${this.address}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      // As a careful operator has it; and what we do must not rest on it.
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    };
    const env = Object.entries(settings).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const publish = ['-p', `127.0.0.1:${port}:9092`, '--memory', '1g'];
    await docker(['run', '--detach', '--name', this.#name, ...publish, ...env, image, 'bash', '-c', command], 60_000);
    await this.#answers();
  }

  /** As an operator does it. */
  stop = () => docker(['stop', '--time', '30', this.#name], 60_000);
  /** As a power cut does it. */
  kill = () => docker(['kill', this.#name]);
  /** What it had, it has again. */
  async start() {
    await docker(['start', this.#name], 60_000);
    await this.#answers();
  }
  /** Nothing is refused, and nothing is answered. */
  pause = () => docker(['pause', this.#name]);
  unpause = () => docker(['unpause', this.#name]);
  remove = () => docker(['rm', '--force', '--volumes', this.#name], 60_000);

  async #answers() {
    const kafka = new kafkajs.Kafka({
      brokers: [this.address],
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
        if (Date.now() > end) throw new Error(`Kafka did not answer on ${this.address}`, { cause: error });
      } finally {
        await admin.disconnect().catch(() => {});
      }
    }
  }
}

async function docker(args, timeout = 30_000) {
  const { code, output } = await runProgram('docker', args, { timeout });
  if (code !== 0) throw new Error(`docker ${args[0]} failed\n${output}`);
  return output;
}
