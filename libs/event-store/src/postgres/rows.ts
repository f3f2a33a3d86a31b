import type { RecordedEvent } from '@cloud-images/contracts';

/** What every read of events selects; `recorded_at` and ids come as texts, so that no precision is lost. */
export const eventColumns = `stream, version, event_id::text AS event_id, type, schema_version, data, metadata,
  to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS recorded_at,
  position::text AS position_text, transaction_id::text AS transaction_text`;

export interface EventRow {
  stream: string;
  version: number;
  event_id: string;
  type: string;
  schema_version: number;
  data: object;
  metadata: RecordedEvent['metadata'];
  recorded_at: string;
  position_text: string;
  transaction_text: string;
}

export function recordedEvent(row: EventRow): RecordedEvent {
  const { position_text, transaction_text, ...event } = row;
  return { ...event, position: position_text, transaction_id: transaction_text };
}
