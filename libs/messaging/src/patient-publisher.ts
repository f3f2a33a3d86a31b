import type { MessageBus, Publisher } from './port.js';

/** A publisher to one topic, made when it is first needed: the bus may be away while its service starts. */
export function patientPublisher(bus: MessageBus, topic: string, partitions = 12): Publisher {
  let opened: Promise<Publisher> | null = null;
  const publisher = (): Promise<Publisher> => {
    opened ??= bus.ensureTopic(topic, partitions).then(() => bus.publisher());
    opened.catch(() => (opened = null));
    return opened;
  };
  return {
    publish: async (messages) => (await publisher()).publish(messages),
    endOffsets: async (of) => (await publisher()).endOffsets(of),
    close: async () => {
      await opened?.then((open) => open.close()).catch(() => undefined);
    },
  };
}
