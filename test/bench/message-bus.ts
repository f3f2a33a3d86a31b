// The Kafka under a run through Kafka: one of our own, as a process or in a container.
import { startKafkaBroker, whyNoBroker } from '../../tools/kafka-broker.mjs';

export interface Kafka {
  /** `host:port`. */
  readonly address: string;
  /** What the services and the migration are told. */
  readonly settings: Readonly<Record<string, string>>;
  stop(): Promise<unknown>;
}

/** Why there can be no run through Kafka here; null when there can. */
export async function withoutKafka(say: (line: string) => void): Promise<string | null> {
  const why = await whyNoBroker(say);
  return why === undefined ? null : `${why}; CLOUD_IMAGES_TEST_OWN_KAFKA names a directory with the jars of one`;
}

export async function openKafka(): Promise<Kafka> {
  const broker = await startKafkaBroker();
  return {
    address: broker.address,
    settings: { CLOUD_IMAGES_BUS_KIND: 'kafka', CLOUD_IMAGES_KAFKA_BROKERS: broker.address },
    stop: () => broker.remove(),
  };
}
