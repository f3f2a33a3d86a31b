// The Kafka that `npm test` needs for the bus: the one that CLOUD_IMAGES_TEST_KAFKA names, else a container of its own.
// Where neither can be had, its tests are left out, and that is said.
import { startKafkaBroker, whyNoBroker } from './kafka-broker.mjs';

const specs = ['libs/messaging/src/kafka/kafka.int.spec.ts', 'libs/messaging/src/kafka/kafka-faults.int.spec.ts'];

/** Sets what jest.config.mjs asks for; returns what is left out, in words, and how to clean up. */
export async function kafkaForTests(patterns, say) {
  const nothing = { leftOut: [], stop: async () => {} };
  const paths = patterns.filter((pattern) => !pattern.startsWith('-'));
  if (paths.length > 0 && !paths.some((path) => specs.some((spec) => new RegExp(path).test(spec)))) return nothing;
  const named = process.env.CLOUD_IMAGES_TEST_KAFKA;
  const why = await whyNoBroker(say);
  if (!why) process.env.CLOUD_IMAGES_TEST_KAFKA_CONTAINERS = '1';
  const faults = 'what the bus does when Kafka restarts, hangs or loses its topics';
  if (named) return { ...nothing, leftOut: why ? [`${faults}: ${why}, and ${named} is not ours to stop`] : [] };
  const hint = 'CLOUD_IMAGES_TEST_KAFKA=host:port names a broker';
  if (why) return { ...nothing, leftOut: [`the bus on Kafka, and ${faults}: ${why}; ${hint}`] };
  say('starting Kafka in a container');
  const broker = await startKafkaBroker();
  process.env.CLOUD_IMAGES_TEST_KAFKA = broker.address;
  return { leftOut: [], stop: () => broker.remove() };
}
