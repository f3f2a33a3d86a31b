import type { AppendedEvent, NewEvent } from '@cloud-images/contracts';
import { schemaVersionOf } from './schema-version.js';

/** What an append at this place, at this time, will record. */
export function appendedEvents(
  stream: string,
  expectedVersion: number,
  events: readonly NewEvent[],
  now: string,
): AppendedEvent[] {
  return events.map((event, at) => ({
    ...event,
    stream,
    version: expectedVersion + 1 + at,
    schema_version: schemaVersionOf(event.type),
    recorded_at: now,
  }));
}
