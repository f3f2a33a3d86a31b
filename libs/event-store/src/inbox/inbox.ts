import { channel } from 'node:diagnostics_channel';
import type pg from 'pg';
import type { AppendedEvent, RecordedEvent } from '@cloud-images/contracts';
import { StoreUnavailable, type SqlExecutor } from '../port.js';
import { transactOn } from '../postgres/transact-on.js';
import { REBUILD_LOCK } from '../postgres/transaction.js';

/**
 * A projector of foreign events: gets them once, in stream order, in the transaction that moves the inbox on. Version 1
 * of a stream that it already knows begins the stream anew, after a divergence: what it had of it must go.
 */
export interface ForeignProjection {
  /** Permanent and versioned, e.g. `catalog.members.v1`. */
  readonly name: string;
  apply(sql: SqlExecutor, event: AppendedEvent): Promise<void>;
}

export interface InboxOptions {
  readonly pool: pg.Pool;
  readonly projections: readonly ForeignProjection[];
  /** The owner's log: events of the stream above `afterVersion`, oldest first, at most a page. */
  readonly fetchMissing: (stream: string, afterVersion: number) => Promise<readonly RecordedEvent[]>;
  /** Another event id at a version already taken: the streams have diverged; the inbox rebuilds the stream from the owner. */
  readonly onDivergence?: (stream: string, version: number) => void;
}

export interface Inbox {
  /** Takes one delivery; fetches what is missing before it. Returns when its effect is committed. */
  receive(event: RecordedEvent): Promise<void>;
  /** Takes events of one stream, in order, as their owner pushes them; on a gap it takes nothing and says what it has. */
  receiveMany(events: readonly RecordedEvent[]): Promise<{ readonly have: number }>;
}

/** Foreign events, once and in order: one row per stream for the place, the events kept for local rebuilds. */
export function createInbox(options: InboxOptions): Inbox {
  return new StreamInbox(options);
}

interface Place {
  readonly version: number;
  readonly event_id: string;
}
type Taken = { readonly have: number; readonly outcome: 'taken' | 'gap' | 'diverged' };

const MOST_PAGES = 1000;
const read = channel('cloud-images:inbox.read');
const committed = channel('cloud-images:inbox.committed');

class StreamInbox implements Inbox {
  constructor(private readonly options: InboxOptions) {}

  async receive(event: RecordedEvent): Promise<void> {
    let { have, outcome } = await this.take([event]);
    if (outcome === 'diverged') return this.rebuildStream(event.stream, event.version);
    for (let page = 0; outcome === 'gap'; page += 1) {
      // The first page begins with the event that stands here last: the owner may have another one in its place.
      const missing = await this.options.fetchMissing(event.stream, page === 0 ? Math.max(have - 1, 0) : have);
      if (missing.length === 0 || page === MOST_PAGES) {
        throw new StoreUnavailable(`${event.stream}: the owner has nothing after ${have}, but sent ${event.version}`);
      }
      ({ have, outcome } = await this.take(missing));
      if (outcome === 'diverged') return this.rebuildStream(event.stream, have);
      if (outcome === 'taken' && have < event.version) outcome = 'gap';
    }
  }

  async receiveMany(events: readonly RecordedEvent[]): Promise<{ have: number }> {
    const first = events[0];
    if (!first) return { have: 0 };
    const { have, outcome } = await this.take(events);
    if (outcome !== 'diverged') return { have };
    await this.rebuildStream(first.stream, first.version);
    return this.take(events);
  }

  /** Dedupe, compare, apply, keep, move on: one transaction, whose first write comes after the place was read and locked. */
  private async take(events: readonly RecordedEvent[]): Promise<Taken> {
    const { stream } = events[0] as RecordedEvent;
    return this.transact(stream, async (sql) => {
      const { rows } = await sql.query<Place>(
        'SELECT version, event_id::text AS event_id FROM log.inbox WHERE stream = $1',
        [stream],
        'inbox_place',
      );
      read.publish(undefined);
      const have = rows[0]?.version ?? 0;
      const known = events.filter(({ version }) => version <= have);
      if (known.length > 0 && !(await this.sameAsKept(sql, stream, known))) return { have, outcome: 'diverged' };
      const fresh = events.filter(({ version }) => version > have);
      const next = fresh[0];
      if (!next) return { have, outcome: 'taken' };
      if (next.version !== have + 1) return { have, outcome: 'gap' };
      return { have: await this.keep(sql, stream, fresh), outcome: 'taken' };
    });
  }

  private async keep(sql: SqlExecutor, stream: string, fresh: readonly RecordedEvent[]): Promise<number> {
    const last = fresh.at(-1) as RecordedEvent;
    for (const event of fresh) {
      for (const projection of this.options.projections) await projection.apply(sql, event);
    }
    void sql.query(
      `INSERT INTO log.inbox_events (stream, version, event)
       SELECT $1, (e->>'version')::integer, e FROM jsonb_array_elements($2::jsonb) AS e`,
      [stream, JSON.stringify(fresh)],
      'inbox_keep',
    );
    void sql.query(
      `INSERT INTO log.inbox (stream, version, event_id) VALUES ($1, $2, $3)
       ON CONFLICT (stream) DO UPDATE SET version = excluded.version, event_id = excluded.event_id`,
      [stream, last.version, last.event_id],
      'inbox_move',
    );
    return last.version;
  }

  private async sameAsKept(sql: SqlExecutor, stream: string, known: readonly RecordedEvent[]): Promise<boolean> {
    const { rows } = await sql.query<{ version: number; event_id: string }>(
      `SELECT version, event->>'event_id' AS event_id FROM log.inbox_events WHERE stream = $1 AND version = ANY($2)`,
      [stream, known.map(({ version }) => version)],
      'inbox_kept',
    );
    const kept = new Map(rows.map(({ version, event_id }) => [version, event_id]));
    return known.every(({ version, event_id }) => kept.get(version) === event_id);
  }

  /** The owner's log is right: forget the stream and take it again from the start. */
  private async rebuildStream(stream: string, version: number): Promise<void> {
    this.options.onDivergence?.(stream, version);
    const first = await this.options.fetchMissing(stream, 0);
    if (first.length === 0) throw new StoreUnavailable(`${stream}: the owner has no events to rebuild it from`);
    await this.transact(stream, async (sql) => {
      void sql.query('DELETE FROM log.inbox_events WHERE stream = $1', [stream]);
      void sql.query('DELETE FROM log.inbox WHERE stream = $1', [stream]);
      await this.keep(sql, stream, first);
    });
    for (let have = (first.at(-1) as RecordedEvent).version, page = 0; page < MOST_PAGES; page += 1) {
      const more = await this.options.fetchMissing(stream, have);
      if (more.length === 0) return;
      ({ have } = await this.take(more));
    }
  }

  private transact<T>(stream: string, work: (sql: SqlExecutor) => Promise<T>): Promise<T> {
    return transactOn(
      this.options.pool,
      (sql) => {
        // One delivery of a stream at a time (a push and the bus may bring the same event), and none during a swap.
        const locks = 'SELECT pg_advisory_xact_lock_shared($1), pg_advisory_xact_lock($2, hashtext($3))';
        void sql.query(locks, [REBUILD_LOCK, INBOX_LOCK, stream], 'inbox_lock');
        return work(sql);
      },
      { about: stream, onCommit: () => committed.publish(undefined) },
    );
  }
}

/** First half of the key under which deliveries of one stream take turns. */
const INBOX_LOCK = 7_216;
