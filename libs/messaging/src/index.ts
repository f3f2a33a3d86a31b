export * from './port.js';
export { consumerGauges } from './consumer-gauges.js';
export { busOptions, type BusSettings } from './bus-options.js';
export { createMessageBus, type MessageBusOptions } from './create-message-bus.js';
export { migrateEmbeddedBus } from './migrate-embedded-bus.js';
export { MessagingServer, type MessagingServerOptions } from './nest/messaging-server.js';
export { patientPublisher } from './patient-publisher.js';
export { tellParked } from './tell-parked.js';
export { tracedBus } from './traced-bus.js';
