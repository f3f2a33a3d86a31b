import type { PoolClient } from 'pg';
import type { AppendedEvent, NewEvent, RequestContext } from '@cloud-images/contracts';
import type { Loaded, StreamTransaction } from '../port.js';
import { Pipeline } from './pipeline.js';
import { eventColumns, recordedEvent, type EventRow } from './rows.js';
import { appendedEvents } from '../appended-events.js';
import { saltOf } from '../request-context.js';
import type { ServerClock } from './server-clock.js';

/** Shared by every transaction that writes the read model; a swap takes it exclusively. */
export const REBUILD_LOCK = 7_215_361_905;

/** First half of the key under which the writers of one hot stream take turns. */
const STREAM_LOCK = 7_215;

// The lock first, then the clock, then the stream: one statement, because each costs more than what it does. A writer
// that waited for the lock may see the stream as it was before; then its version is taken, and it retries.
const clock = `to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const load = {
  name: 'lock_and_load',
  text: `SELECT start.now, ${eventColumns}
    FROM (SELECT pg_advisory_xact_lock_shared($3), ${clock} AS now) AS start
    LEFT JOIN log.events ON stream = $1 AND version > $2 ORDER BY version`,
};
const append = { name: 'append_events', text: 'SELECT log.append_events($1, $2, $3, $4, $5, $6, $7)' };
const lockAndAppend = {
  name: 'lock_and_append',
  text: `SELECT log.append_events($1, $2, $3, $4, $5, $6, $7)
    FROM (SELECT pg_advisory_xact_lock_shared($8)) AS start`,
};

/** The event whose id tells, after a COMMIT without an answer, whether it happened. */
export interface Witness {
  readonly version: number;
  readonly eventId: string;
}

/** One command's transaction on one stream. */
export class PostgresTransaction implements StreamTransaction {
  readonly sql: Pipeline;
  witness: Witness | null = null;
  private locked = false;

  /** With `exclusive`, writers of the stream take turns from here on: before the load, so that it sees what they did. */
  constructor(
    client: PoolClient,
    private readonly stream: string,
    exclusive: boolean,
    private readonly serverClock: ServerClock,
  ) {
    this.sql = new Pipeline(client);
    if (exclusive) void this.sql.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [STREAM_LOCK, stream]);
  }

  async load(afterVersion: number): Promise<Loaded> {
    this.locked = true;
    const values = [this.stream, afterVersion, REBUILD_LOCK];
    const { rows } = await this.sql.query<EventRow & { now: string }>(load.text, values, load.name);
    const now = rows[0]?.now ?? '';
    this.serverClock.heard(now);
    const events = rows.filter(({ version }) => version !== null).map(({ now: _, ...row }) => recordedEvent(row));
    const last = events.at(-1)?.recorded_at ?? '';
    return { events, now: now > last ? now : last };
  }

  presumeNew(): Loaded | null {
    const now = this.serverClock.now();
    return now === null ? null : { events: [], now };
  }

  append(expectedVersion: number, events: readonly NewEvent[], now: string, context?: RequestContext): AppendedEvent[] {
    const first = events[0];
    if (!first) return [];
    this.witness = { version: expectedVersion + 1, eventId: first.event_id };
    const appended = appendedEvents(this.stream, expectedVersion, events, now);
    const rows = appended.map(({ event_id, type, schema_version, data, metadata }) => ({
      event_id,
      type,
      schema_version,
      data,
      metadata,
    }));
    const request = context ? [context.request_id, saltOf(context), JSON.stringify(context)] : [null, null, null];
    const values = [this.stream, expectedVersion, now, JSON.stringify(rows), ...request];
    if (this.locked) void this.sql.query(append.text, values, append.name);
    else void this.sql.query(lockAndAppend.text, [...values, REBUILD_LOCK], lockAndAppend.name);
    this.locked = true;
    return appended;
  }
}
