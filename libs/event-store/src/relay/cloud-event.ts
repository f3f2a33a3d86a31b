import { cloudEventType, eventCatalogue, streamId, type RecordedEvent } from '@cloud-images/contracts';

/** A message as the bus takes it (structurally the messaging port's `Message`). */
export interface RelayMessage {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * CloudEvents 1.0, binary mode: attributes in `ce_` headers, the data as value. `ce_number` counts the events of this
 * log on this topic without a gap, so that a subscriber knows when it has all. What names a person does not travel.
 */
export function toMessage(event: RecordedEvent, topic: string, logId: string, number: bigint): RelayMessage {
  const { actor, request_id, correlation_id, causation_id, context_digest, traceparent } = event.metadata;
  return {
    topic,
    key: streamId(event.stream),
    value: JSON.stringify(event.data),
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: event.event_id,
      ce_source: logId,
      ce_type: cloudEventType(eventCatalogue.get(event.type)?.kind ?? 'image', event.type, event.schema_version),
      ce_time: event.recorded_at,
      ce_subject: streamId(event.stream),
      ce_stream: event.stream,
      ce_streamversion: String(event.version),
      ce_number: String(number),
      ce_position: event.position,
      ce_transactionid: event.transaction_id,
      ce_actor: JSON.stringify(actor),
      ce_requestid: request_id,
      ce_correlationid: correlation_id,
      ...(causation_id ? { ce_causationid: causation_id } : {}),
      ...(context_digest ? { ce_contextdigest: context_digest } : {}),
      // CloudEvents' distributed tracing extension.
      ...(traceparent ? { ce_traceparent: traceparent } : {}),
    },
  };
}

const typePattern = /^cloud-images\.[a-z]+\.([A-Za-z]+)\.v(\d+)$/;

/** A message that carries no event, however often it comes. */
export class UnreadableMessage extends Error {
  override readonly name = 'UnreadableMessage';
}

/** The event that a message carries; throws `UnreadableMessage` when it carries none. */
export function fromMessage(message: Pick<RelayMessage, 'value' | 'headers'>): RecordedEvent {
  try {
    return read(message);
  } catch (error) {
    throw new UnreadableMessage((error as Error).message, { cause: error });
  }
}

function typeAndSchema({ headers }: Pick<RelayMessage, 'headers'>): [type: string, schemaVersion: string] {
  const [, type, schemaVersion] = typePattern.exec(headers['ce_type'] ?? '') ?? [];
  if (type === undefined || schemaVersion === undefined)
    throw new UnreadableMessage(`no event type of ours: ${headers['ce_type']}`);
  return [type, schemaVersion];
}

/** The type of the event that a message carries, for who takes few of them; throws `UnreadableMessage` when it carries none. */
export const eventTypeOf = (message: Pick<RelayMessage, 'headers'>): string => typeAndSchema(message)[0];

function read({ value, headers }: Pick<RelayMessage, 'value' | 'headers'>): RecordedEvent {
  const [type, schemaVersion] = typeAndSchema({ headers });
  const header = (name: string): string => {
    const found = headers[name];
    if (found === undefined) throw new Error(`${type} without ${name}`);
    return found;
  };
  const causation_id = headers['ce_causationid'];
  const context_digest = headers['ce_contextdigest'];
  const traceparent = headers['ce_traceparent'];
  return {
    event_id: header('ce_id'),
    stream: header('ce_stream'),
    version: Number(header('ce_streamversion')),
    type,
    schema_version: Number(schemaVersion),
    data: JSON.parse(value) as object,
    recorded_at: header('ce_time'),
    position: header('ce_position'),
    transaction_id: header('ce_transactionid'),
    metadata: {
      actor: JSON.parse(header('ce_actor')) as RecordedEvent['metadata']['actor'],
      request_id: header('ce_requestid'),
      correlation_id: header('ce_correlationid'),
      ...(causation_id === undefined ? {} : { causation_id }),
      ...(context_digest === undefined ? {} : { context_digest }),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  };
}
