import { createEmbeddedBus, type EmbeddedBusOptions } from './embedded/bus.js';
import { createKafkaBus, type KafkaBusOptions } from './kafka/bus.js';
import type { MessageBus } from './port.js';

export type MessageBusOptions =
  ({ readonly kind: 'embedded' } & EmbeddedBusOptions) | ({ readonly kind: 'kafka' } & KafkaBusOptions);

/** The bus that the configuration names. */
export function createMessageBus(options: MessageBusOptions): MessageBus {
  return options.kind === 'embedded' ? createEmbeddedBus(options) : createKafkaBus(options);
}
