// A Kafka as a container.
import { runProgram } from './run-program.mjs';

const image = 'apache/kafka:4.3.1';
// The image formats the disk at each start, and some versions of it end when they find it formatted.
const command = `
if [ -e /tmp/formatted ]; then exec /opt/kafka/bin/kafka-server-start.sh /opt/kafka/config/server.properties; fi
touch /tmp/formatted
exec /etc/kafka/docker/run`;
const PULL_WITHIN_MS = 300_000;

export async function whyNoContainer(say) {
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

export class KafkaContainer {
  #name;
  #port;
  #settings;
  #made = false;

  constructor(port, settings) {
    this.#name = `cloud-images-test-kafka-${process.pid}-${port}`;
    this.#port = port;
    this.#settings = {
      ...settings,
      listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
      'controller.quorum.voters': '1@localhost:9093',
    };
  }

  async start() {
    if (this.#made) await docker(['start', this.#name], 60_000);
    else await this.#make();
    this.#made = true;
  }

  async #make() {
    const variables = [
      // Half of it is too little for large messages to hundreds of topics.
      'KAFKA_HEAP_OPTS=-Xms512m -Xmx512m',
      ...Object.entries(this.#settings).map(
        ([key, value]) => `KAFKA_${key.replaceAll('.', '_').toUpperCase()}=${value}`,
      ),
    ].flatMap((variable) => ['-e', variable]);
    const publish = ['-p', `127.0.0.1:${this.#port}:9092`, '--memory', '1g'];
    const detached = ['run', '--detach', '--name', this.#name];
    await docker([...detached, ...publish, ...variables, image, 'bash', '-c', command], 60_000);
  }

  stop = () => docker(['stop', '--time', '30', this.#name], 60_000);
  kill = () => docker(['kill', this.#name]);
  pause = () => docker(['pause', this.#name]);
  unpause = () => docker(['unpause', this.#name]);
  remove = () => docker(['rm', '--force', '--volumes', this.#name], 60_000);
}

async function docker(args, timeout = 30_000) {
  const { code, output } = await runProgram('docker', args, { timeout });
  if (code !== 0) throw new Error(`docker ${args[0]} failed\n${output}`);
  return output;
}
