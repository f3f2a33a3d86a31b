/** Who caused an event. Opaque ids only: names and addresses live in `request_contexts`, beside the log. */
export interface Actor {
  readonly user: string;
  readonly project: string | null;
  readonly roles: readonly string[];
  /** The service that vouched for the caller (`gateway`), or the service itself for its own work (`catalog`, …). */
  readonly via: string;
}

/** Why and by whom: stored with each event, never the request's personal details. */
export interface EventMetadata {
  readonly actor: Actor;
  /** `req-<uuid>`, drawn by the gateway; answers carry it as `x-openstack-request-id`. */
  readonly request_id: string;
  /** The client's own request id when it sent one, else the request id. */
  readonly correlation_id: string;
  /** The event that caused this one, when one did. */
  readonly causation_id?: string;
  /** hex sha256 over (salt, request context); the salt is erased with the context row. */
  readonly context_digest?: string;
  /** W3C trace context of the command, when its trace is kept: those who take the event continue it. */
  readonly traceparent?: string;
}

export interface AnyEvent {
  readonly type: string;
  readonly data: object;
}

interface Envelope {
  /** UUID, drawn before the append and stable across retries. */
  readonly event_id: string;
  readonly metadata: EventMetadata;
}

interface PlaceInStream {
  readonly stream: string;
  /** 1, 2, 3 … within the stream, without a gap. */
  readonly version: number;
  readonly schema_version: number;
  /** RFC 3339 UTC with microseconds; never below the stream's previous event. */
  readonly recorded_at: string;
}

interface PlaceInLog {
  /** Decimal text of the log position (bigint identity); ordered together with `transaction_id`. */
  readonly position: string;
  /** Decimal text of the writing transaction's xid8. */
  readonly transaction_id: string;
}

/** An event that was decided and not yet recorded. */
export type NewEvent<E extends AnyEvent = AnyEvent> = E & Envelope;

/** An event whose append is under way: it has its place in the stream and its time, not yet its log position. */
export type AppendedEvent<E extends AnyEvent = AnyEvent> = E & Envelope & PlaceInStream;

/** An event as the log has it. */
export type RecordedEvent<E extends AnyEvent = AnyEvent> = E & Envelope & PlaceInStream & PlaceInLog;
