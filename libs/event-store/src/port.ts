import type {
  AnyEvent,
  AppendedEvent,
  EventMetadata,
  NewEvent,
  RecordedEvent,
  RequestContext,
} from '@cloud-images/contracts';

/** SQL inside the transaction of one command or one delivery. Calls are pipelined: await only what you need. */
export interface SqlExecutor {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
    /** Names a prepared statement; give one to every hot statement. */
    name?: string,
  ): Promise<{ rows: Row[]; rowCount: number }>;
}

/** The order of the log for readers: (transaction id, position), decimal texts. */
export interface LogPosition {
  readonly transaction_id: string;
  readonly position: string;
}

export type { AppendedEvent } from '@cloud-images/contracts';

export interface Loaded {
  readonly events: RecordedEvent[];
  /** The database's clock, never below the stream's last event: `recorded_at` of what is appended on this load. */
  readonly now: string;
}

/** One transaction on one stream: load, then append, then the rows that go with it. Ends by itself. */
export interface StreamTransaction {
  /** Events of the stream above `afterVersion`, oldest first. Draws no transaction id. */
  load(afterVersion: number): Promise<Loaded>;
  /**
   * What `load(0)` would bring of a stream that is not there, without asking: for one whose id was just drawn. Where it is
   * there after all, the append conflicts. null when the clock is not known: then `load`.
   */
  presumeNew(): Loaded | null;
  /**
   * Appends at `expectedVersion`. What comes back is what will be recorded; whether it was (`VersionConflict`: the place
   * is taken, or the stream's previous event has a higher transaction id) shows when `transact` ends.
   */
  append(expectedVersion: number, events: readonly NewEvent[], now: string, context?: RequestContext): AppendedEvent[];
  /** For what is written after the append: projections, leases, idempotency. */
  readonly sql: SqlExecutor;
}

export interface TransactOptions {
  /** Writers of this stream, in all replicas, take turns from before the load: for a stream that keeps conflicting. */
  readonly exclusive?: boolean;
}

/** The log of one service. Adapters: postgres and memory, under one conformance suite. */
export interface EventStore {
  readStream(stream: string, afterVersion?: number, limit?: number): Promise<RecordedEvent[]>;
  /**
   * Runs `work` in one transaction on one stream and commits. An unknown COMMIT outcome is settled by looking for the
   * first event's id at (stream, expected + 1). Throws `VersionConflict`, `StoreUnavailable`, or what `work` threw.
   */
  transact<T>(stream: string, work: (tx: StreamTransaction) => Promise<T>, options?: TransactOptions): Promise<T>;
  /** Next events in read order, below the horizon; `behind` is true while rows at or above the horizon exist. */
  readAll(after: LogPosition | null, limit: number): Promise<{ events: RecordedEvent[]; behind: boolean }>;
}

/** What an aggregate is: a fold over its events. Pure. */
export interface Aggregate<State, E extends AnyEvent> {
  readonly initial: State;
  readonly evolve: (state: State, event: AppendedEvent<E>) => State;
}

/** A change of one stream, as projections get it: inline (in the command's transaction) and in a rebuild alike. */
export interface StreamChange<State, E extends AnyEvent> {
  readonly stream: string;
  readonly events: readonly AppendedEvent<E>[];
  readonly before: State;
  readonly after: State;
  /** Stream version of `after`. */
  readonly version: number;
}

export interface Projection<State, E extends AnyEvent> {
  /** Permanent and versioned, e.g. `catalog.images.v1`. */
  readonly name: string;
  apply(sql: SqlExecutor, change: StreamChange<State, E>): Promise<void>;
}

/** What a stream has come to. */
export interface FoldedStream<State> {
  readonly stream: string;
  readonly state: State;
  /** Stream version of `state`. */
  readonly version: number;
}

/** One whose rows follow from the state after a change, so that they can be made anew from the log. */
export interface RebuildableProjection<State, E extends AnyEvent> extends Projection<State, E> {
  /**
   * Inserts the rows of many streams, into tables that had none: those that `apply` would have left there, or its
   * triggers. There is no index yet, the triggers don't run, and foreign facts come later. Nothing is
   * awaited between its statements: other pages are on their way behind it.
   */
  fill(sql: SqlExecutor, streams: readonly FoldedStream<State>[]): Promise<void>;
}

export interface Command<State, E extends AnyEvent> {
  readonly stream: string;
  readonly metadata: EventMetadata;
  readonly context?: RequestContext;
  /** The id was just drawn: the stream is not read first. Where it is there after all, the command is decided on it. */
  readonly isNew?: boolean;
  /**
   * Statements before the load: advisory locks and reads, nothing that draws a transaction id. It must send them before
   * its first pause, so that they travel with the load. A refusal is the command's own.
   */
  readonly before?: (sql: SqlExecutor) => Promise<void>;
  /** Pure: facts to record, or throws a `Refusal`. No facts = nothing is appended. `now` is the database's clock. */
  readonly decide: (state: State, at: { version: number; now: string }) => readonly E[];
  /** Rows that must commit with the events (leases, idempotency, quota); runs after append and projections. */
  readonly alongside?: (sql: SqlExecutor, change: StreamChange<State, E>) => Promise<void>;
}

export interface Handled<State, E extends AnyEvent> {
  readonly state: State;
  readonly version: number;
  readonly events: readonly AppendedEvent<E>[];
}

/** Someone else appended first. `handle` retries; a direct caller decides. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
  constructor(
    readonly stream: string,
    readonly expectedVersion: number,
  ) {
    super(`stream ${stream} is no longer at version ${expectedVersion}`);
  }
}

/** The database can't be reached or refused for now: 503 with Retry-After at the edge. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
