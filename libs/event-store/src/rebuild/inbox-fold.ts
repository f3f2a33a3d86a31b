import type pg from 'pg';
import type { RecordedEvent } from '@cloud-images/contracts';
import type { ForeignProjection } from '../inbox/inbox.js';
import type { SqlExecutor } from '../port.js';
import { TooFarBehind } from './exclusively.js';
import { inTransaction } from './session.js';

const PAGE = 1000;
const MOST_AT_THE_END = 500;

// How far each foreign stream is in the rebuilt read model; gone with the session.
const places = `
CREATE TEMPORARY TABLE rebuilt_inbox (stream text COLLATE "C" PRIMARY KEY, version integer NOT NULL, event_id uuid NOT NULL)`;

// A stream whose last applied event the inbox no longer keeps had diverged and was taken anew: it comes from its start,
// as the inbox itself gave it to the projections.
const missing = `
SELECT e.stream, e.version, e.event
  FROM log.inbox i
  LEFT JOIN rebuilt_inbox p ON p.stream = i.stream
  LEFT JOIN log.inbox_events k
    ON k.stream = p.stream AND k.version = p.version AND k.event->>'event_id' = p.event_id::text
  JOIN log.inbox_events e ON e.stream = i.stream AND e.version > coalesce(k.version, 0)
 WHERE i.stream >= $1 AND p.event_id IS DISTINCT FROM i.event_id
 ORDER BY e.stream, e.version LIMIT $2`;

const move = `
INSERT INTO rebuilt_inbox (stream, version, event_id)
SELECT DISTINCT ON (stream) stream, version, event_id
  FROM jsonb_to_recordset($1) AS moved (stream text, version integer, event_id uuid)
 ORDER BY stream, version DESC
ON CONFLICT (stream) DO UPDATE SET version = excluded.version, event_id = excluded.event_id`;

interface Kept {
  readonly stream: string;
  readonly version: number;
  readonly event: RecordedEvent;
}

/** What came from other services' logs and was kept: applied once, in the order of each stream. */
export class InboxFold {
  /** Events applied so far. */
  events = 0;

  private constructor(
    private readonly session: pg.Client,
    private readonly projections: readonly ForeignProjection[],
  ) {}

  static async on(session: pg.Client, projections: readonly ForeignProjection[]): Promise<InboxFold> {
    await session.query(places);
    return new InboxFold(session, projections);
  }

  /** Applies what the inbox has and the rebuilt read model does not. */
  async follow(): Promise<void> {
    for (let from = '', more = true; more;) {
      const applied = await inTransaction(this.session, (sql) => this.apply(sql, from, PAGE));
      this.events += applied.length;
      more = applied.length === PAGE;
      from = applied.at(-1)?.stream ?? from;
    }
  }

  /** All that is left: only while no delivery is taken. Returns what to do once `sql` has committed. */
  async finish(sql: SqlExecutor): Promise<() => void> {
    const { length } = await this.apply(sql, '', MOST_AT_THE_END + 1);
    if (length > MOST_AT_THE_END) throw new TooFarBehind();
    return () => (this.events += length);
  }

  private async apply(sql: SqlExecutor, from: string, limit: number): Promise<readonly Kept[]> {
    if (this.projections.length === 0) return [];
    const { rows } = await sql.query<Kept>(missing, [from, limit], 'rebuild_inbox_page');
    if (rows.length === 0) return rows;
    for (const { event } of rows) {
      for (const projection of this.projections) await projection.apply(sql, event);
    }
    const moved = rows.map(({ stream, version, event }) => ({ stream, version, event_id: event.event_id }));
    void sql.query(move, [JSON.stringify(moved)], 'rebuild_inbox_move');
    return rows;
  }
}
