export * from './port.js';
export { createHandler, type Handler, type HandlerOptions } from './handle/handler.js';
export { createInbox, type ForeignProjection, type Inbox, type InboxOptions } from './inbox/inbox.js';
export type { PostgresStoreOptions } from './postgres/pool.js';
export { eventLogMigration } from './postgres/schema.js';
export { createPostgresEventStore, type PostgresEventStore } from './postgres/store.js';
export { contextDigest } from './request-context.js';
export { fromMessage, toMessage, type RelayMessage } from './relay/cloud-event.js';
export { startRelay, type Relay, type RelayOptions, type RelayPublisher } from './relay/relay.js';
