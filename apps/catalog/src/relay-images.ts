import { topicOf } from '@cloud-images/contracts';
import { startRelay, type Relay } from '@cloud-images/event-store';
import { patientPublisher, type MessageBus } from '@cloud-images/messaging';
import type { Logger } from '@cloud-images/service-kit';

export interface RelayParts {
  readonly connectionString: string;
  readonly applicationName: string;
  readonly bus: MessageBus;
  /** Of the topic, if it is not there yet. */
  readonly partitions: number;
  readonly log: Logger;
}

/** Brings the catalog's log to the bus. The bus may be away, also while we start: commands never wait for it. */
export function relayImages({ connectionString, applicationName, bus, partitions, log }: RelayParts): {
  start(): void;
  stop(): Promise<void>;
} {
  const topic = topicOf.image;
  const publisher = patientPublisher(bus, topic, partitions);
  let relay: Relay | null = null;
  return {
    start: () => {
      relay ??= startRelay({
        connectionString,
        applicationName,
        topic,
        publisher,
        onError: (error) => log.warn({ err: error }, 'the relay could not go on; it tries again'),
        onRewind: (of) => log.warn({ event: 'topic-rewound', topic: of }, 'the topic lost events; it is filled again'),
      });
    },
    stop: async () => {
      await relay?.stop();
      await publisher.close();
    },
  };
}
