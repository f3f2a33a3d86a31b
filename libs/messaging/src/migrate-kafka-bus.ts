import { checkpointTopic, topicOf } from '@cloud-images/contracts';
import { busOptions } from './bus-options.js';
import type { MigrationSettings } from './config.js';
import { createMessageBus } from './create-message-bus.js';

/** Makes the topics that are not there yet; those that are stay as they are. */
export async function migrateKafkaBus(settings: MigrationSettings): Promise<void> {
  const bus = createMessageBus(busOptions(settings, 'migrate'));
  try {
    for (const topic of Object.values(topicOf)) await bus.ensureTopic(topic, settings.kafkaPartitions);
    await bus.ensureTopic(checkpointTopic, 1);
  } finally {
    await bus.close();
  }
}
