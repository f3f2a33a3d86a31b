import type { PoolClient } from 'pg';
import type { AppendedEvent, NewEvent, RequestContext } from '@cloud-images/contracts';
import type { Loaded, StreamTransaction } from '../port.js';
import { Pipeline } from './pipeline.js';
import { eventColumns, recordedEvent, type EventRow } from './rows.js';
import { appendedEvents } from '../appended-events.js';
import { saltOf } from '../request-context.js';

/** Shared by every transaction that writes the read model; a swap takes it exclusively. */
export const REBUILD_LOCK = 7_215_361_905;

/** First half of the key under which the writers of one hot stream take turns. */
const STREAM_LOCK = 7_215;

const begin = {
  name: 'lock_and_clock',
  text: `SELECT pg_advisory_xact_lock_shared($1),
    to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now`,
};
const load = {
  name: 'load_stream',
  text: `SELECT ${eventColumns} FROM log.events WHERE stream = $1 AND version > $2 ORDER BY version`,
};
const append = { name: 'append_events', text: 'SELECT log.append_events($1, $2, $3, $4)' };
const remember = {
  name: 'remember_request',
  text: `INSERT INTO log.request_contexts (request_id, salt, context) VALUES ($1, $2, $3) ON CONFLICT (request_id) DO NOTHING`,
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
  private readonly started: Promise<{ rows: { now: string }[] }>;

  /** With `exclusive`, writers of the stream take turns from here on: before the load, so that it sees what they did. */
  constructor(
    client: PoolClient,
    private readonly stream: string,
    exclusive: boolean,
  ) {
    this.sql = new Pipeline(client);
    if (exclusive) void this.sql.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [STREAM_LOCK, stream]);
    this.started = this.sql.query<{ now: string }>(begin.text, [REBUILD_LOCK], begin.name);
  }

  async load(afterVersion: number): Promise<Loaded> {
    const rows = this.sql.query<EventRow>(load.text, [this.stream, afterVersion], load.name);
    const [loaded, started] = await Promise.all([rows, this.started]);
    const events = loaded.rows.map(recordedEvent);
    const last = events.at(-1)?.recorded_at ?? '';
    const now = started.rows[0]?.now ?? '';
    return { events, now: now > last ? now : last };
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
    void this.sql.query(append.text, [this.stream, expectedVersion, now, JSON.stringify(rows)], append.name);
    if (context) {
      const values = [context.request_id, saltOf(context), JSON.stringify(context)];
      void this.sql.query(remember.text, values, remember.name);
    }
    return appended;
  }
}
