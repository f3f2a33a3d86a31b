import type { PoolClient } from 'pg';
import type { AppendedEvent, NewEvent, RequestContext } from '@cloud-images/contracts';
import type { Loaded, SqlExecutor, StreamTransaction } from '../port.js';
import { eventColumns, recordedEvent, type EventRow } from './rows.js';
import { saltOf } from '../request-context.js';
import { schemaVersionOf } from '../schema-version.js';

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

/** Statements of one transaction, pipelined: each is sent at once, all must have succeeded before the commit counts. */
export class PostgresTransaction implements StreamTransaction {
  readonly sql: SqlExecutor;
  private readonly sent: Promise<unknown>[] = [];
  /** The event whose id tells, after a COMMIT without an answer, whether it happened. */
  witness: { readonly version: number; readonly eventId: string } | null = null;

  constructor(
    private readonly client: PoolClient,
    private readonly stream: string,
    private readonly start: Promise<{ rows: { now: string }[] }>,
  ) {
    this.sql = { query: (text, values, name) => this.send(text, values, name) as never };
  }

  /** With `exclusive`, writers of the stream take turns from here on: before the load, so that it sees what they did. */
  static open(client: PoolClient, stream: string, exclusive: boolean): PostgresTransaction {
    const begun = client.query('BEGIN');
    const turn = exclusive
      ? client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [STREAM_LOCK, stream])
      : begun;
    const start = client.query<{ now: string }>({ ...begin, values: [REBUILD_LOCK] });
    const transaction = new PostgresTransaction(client, stream, start);
    transaction.track(begun);
    transaction.track(turn);
    transaction.track(start);
    return transaction;
  }

  async load(afterVersion: number): Promise<Loaded> {
    const rows = this.track(this.client.query<EventRow>({ ...load, values: [this.stream, afterVersion] }));
    const [loaded, started] = await Promise.all([rows, this.start]);
    const events = loaded.rows.map(recordedEvent);
    const last = events.at(-1)?.recorded_at ?? '';
    const now = started.rows[0]?.now ?? '';
    return { events, now: now > last ? now : last };
  }

  append(expectedVersion: number, events: readonly NewEvent[], now: string, context?: RequestContext): AppendedEvent[] {
    const first = events[0];
    if (!first) return [];
    this.witness = { version: expectedVersion + 1, eventId: first.event_id };
    const appended = events.map((event, at): AppendedEvent => ({
      ...event,
      stream: this.stream,
      version: expectedVersion + 1 + at,
      schema_version: schemaVersionOf(event.type),
      recorded_at: now,
    }));
    const rows = appended.map(({ event_id, type, schema_version, data, metadata }) => ({
      event_id,
      type,
      schema_version,
      data,
      metadata,
    }));
    void this.send(append.text, [this.stream, expectedVersion, now, JSON.stringify(rows)], append.name);
    if (context) {
      const values = [context.request_id, saltOf(context), JSON.stringify(context)];
      void this.send(remember.text, values, remember.name);
    }
    return appended;
  }

  private send(
    text: string,
    values: readonly unknown[] = [],
    name?: string,
  ): Promise<{ rows: object[]; rowCount: number }> {
    const sent = this.client
      .query({ text, values: values as unknown[], ...(name ? { name } : {}) })
      .then(({ rows, rowCount }) => ({ rows: rows as object[], rowCount: rowCount ?? 0 }));
    return this.track(sent);
  }

  private track<T>(sent: Promise<T>): Promise<T> {
    // Awaited together at the commit; until then a failure must not count as unhandled.
    sent.catch(() => undefined);
    this.sent.push(sent);
    return sent;
  }

  /** Everything that was sent, in order; throws the first failure (later ones only follow from it). */
  async settle(): Promise<void> {
    for (const one of this.sent) await one;
  }
}
