/** The catalog's read model: a `SqlExecutor` outside of any transaction. */
export const READ_MODEL = Symbol('read model');
/** How images are shown: `RenderOptions`. */
export const RENDER_OPTIONS = Symbol('render options');
/** What of an image depends on who asks: `ShownTo`. */
export const SHOWN_TO = Symbol('shown to');
/** What images are validated by, and what is served as their schema: `SchemaOptions`. */
export const SCHEMA_OPTIONS = Symbol('schema options');
/** The catalog's log: an `EventStore`. */
export const EVENT_STORE = Symbol('event store');
/** The log in its order, for subscribers: a `LogReader`. */
export const LOG_READER = Symbol('log reader');
