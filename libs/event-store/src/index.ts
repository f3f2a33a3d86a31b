export * from './port.js';
export { logGauges } from './gauges/log-gauges.js';
export { poolGauges } from './gauges/pool-gauges.js';
export { adoptLog, type Adoption } from './adopt/adopt-log.js';
export { assertOwnLog } from './adopt/own-log.js';
export { createAppender, type Appender, type Fact } from './append-facts.js';
export { createHandler, type Handler, type HandlerOptions } from './handle/handler.js';
export { tracedHandler } from './handle/traced-handler.js';
export {
  forgetAnswers,
  onceOnly,
  rememberedAnswersMigration,
  type Remember,
  type RememberedAnswer,
  type RepeatableRequest,
} from './idempotency/remembered-answers.js';
export { createInbox, type ForeignProjection, type Inbox, type InboxOptions } from './inbox/inbox.js';
export { createMemoryEventStore } from './memory/store.js';
export { assertDurable } from './postgres/durability.js';
export { createPool, sessionOptions, type PostgresStoreOptions } from './postgres/pool.js';
export { poolExecutor } from './postgres/pool-executor.js';
export { eventLogMigration, eventLogUpgrade } from './postgres/schema.js';
export { REBUILD_LOCK } from './postgres/transaction.js';
export { createPostgresEventStore, type PostgresEventStore } from './postgres/store.js';
export { erasePerson, personEraser, type Erased, type PersonEraser } from './retention/erase-person.js';
export { startForgetting } from './retention/forget-request-contexts.js';
export { contextDigest } from './request-context.js';
export { streamPage, type StreamQuery } from './stream-page.js';
export { eventTypeOf, fromMessage, toMessage, type RelayMessage } from './relay/cloud-event.js';
export { transactOn } from './postgres/transact-on.js';
export {
  requestContextReader,
  MOST_CONTEXTS,
  type RequestContextReader,
  type RequestContexts,
} from './retention/read-request-contexts.js';
export { logReader, type LogPage, type LogQuery, type LogReader } from './log-page.js';
export { startRelay, type Relay, type RelayOptions, type RelayPublisher } from './relay/relay.js';
export { replayCommand } from './rebuild/replay-command.js';
export { rebuildReadModel, type Rebuilt, type RebuildOptions } from './rebuild/rebuild.js';
