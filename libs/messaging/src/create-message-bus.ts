import { createEmbeddedBus, type EmbeddedBusOptions } from './embedded/bus.js';
import type { MessageBus } from './port.js';

/** The bus that the configuration names. */
export function createMessageBus(options: { readonly kind: 'embedded' } & EmbeddedBusOptions): MessageBus {
  const { kind, ...embedded } = options;
  if (kind !== 'embedded') throw new Error(`no bus of kind ${String(kind)}: embedded is the only one`);
  return createEmbeddedBus(embedded);
}
