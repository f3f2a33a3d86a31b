import type { MessageBus } from './port.js';

/** How far a group is behind and what it could not take; a source of gauges as service-kit's `Metrics` takes it. */
export function consumerGauges(bus: Pick<MessageBus, 'lag' | 'deadLetterCounts'>, group: string) {
  return {
    name: 'consumer',
    labels: { group },
    gauges: {
      cloud_images_consumer_lag_messages: 'Messages on the bus that the group has not taken yet.',
      cloud_images_consumer_dead_letters: 'Messages that the group could not take, waiting to be replayed.',
      cloud_images_consumer_parked_keys: 'Keys whose messages all go to the dead letters until they are replayed.',
    },
    read: async () => {
      const [lag, parked] = await Promise.all([bus.lag(group), bus.deadLetterCounts(group)]);
      return {
        cloud_images_consumer_lag_messages: lag,
        cloud_images_consumer_dead_letters: parked.letters,
        cloud_images_consumer_parked_keys: parked.keys,
      };
    },
  };
}
