import type pg from 'pg';
import type { AnyEvent, RecordedEvent } from '@cloud-images/contracts';
import { StateCache, type Folded } from '../handle/state-cache.js';
import type { Aggregate, FoldedStream, LogPosition, RebuildableProjection, SqlExecutor } from '../port.js';
import { eventColumns, recordedEvent, type EventRow } from '../postgres/rows.js';
import { readAll } from '../postgres/store.js';
import { TooFarBehind } from './exclusively.js';
import { inTransaction } from './session.js';

/** Some 50 ms of work: a transaction that takes longer would hold the horizon of all readers of the log. */
const PAGE = 1000;
/** Pages that are being written while the next one is read and folded. */
const MOST_IN_FLIGHT = 3;
/** What may be applied while commands wait. */
const MOST_AT_THE_END = 500;
/** Folded streams kept for the next page; any other is folded again from its events. */
const KEPT_STREAMS = 1000;

/**
 * The service's own log, folded into the read model that the session sees first. Streams come one after the other, each
 * whole as of a fixed place in the log; what follows that place comes in read order. Both ways end in equal rows, because a
 * projection's rows follow from the state after a change.
 */
export class LogFold<State, E extends AnyEvent> {
  /** Events folded so far. */
  events = 0;
  private place: LogPosition = { transaction_id: '0', position: '0' };
  private readonly states = new StateCache<State>(KEPT_STREAMS);

  constructor(
    private readonly aggregate: Aggregate<State, E>,
    private readonly projections: readonly RebuildableProjection<State, E>[],
  ) {}

  /** Everything below the horizon of now; the next page is read and folded while one is written. */
  async fromTheStart(reader: pg.Client, writer: pg.Client): Promise<void> {
    const end = await lastBelowHorizon(reader);
    if (!end) return;
    const folded = new Map<string, FoldedStream<State>>();
    const written: Promise<void>[] = [];
    for (let next = byStream(reader, end); ;) {
      const events = await next;
      const last = events.at(-1);
      if (last) next = awaitedLater(byStream(reader, end, last));
      for (const event of events) folded.set(event.stream, this.with(event, folded.get(event.stream)));
      // It may go on on the next page.
      const open = last && folded.get(last.stream);
      if (open) folded.delete(open.stream);
      written.push(awaitedLater(this.fill(writer, [...folded.values()])));
      if (written.length > MOST_IN_FLIGHT) await written.shift();
      this.events += events.length;
      folded.clear();
      if (!open) break;
      folded.set(open.stream, open);
    }
    await Promise.all(written);
    this.place = end;
  }

  private with(event: RecordedEvent, before?: FoldedStream<State>): FoldedStream<State> {
    const { stream, version } = event;
    assertNext(stream, before?.version ?? 0, version);
    return { stream, state: this.aggregate.evolve(before?.state ?? this.aggregate.initial, event as never), version };
  }

  private async fill(writer: pg.Client, streams: readonly FoldedStream<State>[]): Promise<void> {
    if (streams.length === 0) return;
    await inTransaction(writer, async (sql) => {
      for (const projection of this.projections) await projection.fill(sql, streams);
    });
  }

  /** Follows the log up to its horizon. */
  async follow(reader: pg.Client, writer: pg.Client): Promise<void> {
    for (let more = true; more;) {
      const { events } = await readAll(reader, this.place, PAGE);
      await this.write(writer, events);
      this.moveTo(events);
      more = events.length === PAGE;
    }
  }

  /** All that is left, whatever the horizon: only while nobody appends. Returns what to do once `sql` has committed. */
  async finish(sql: SqlExecutor): Promise<() => void> {
    const { rows } = await sql.query<EventRow>(
      `SELECT ${eventColumns} FROM log.events WHERE (transaction_id, position) > ($1::xid8, $2::bigint)
       ORDER BY transaction_id, position LIMIT $3`,
      [this.place.transaction_id, this.place.position, MOST_AT_THE_END + 1],
      'rebuild_rest',
    );
    if (rows.length > MOST_AT_THE_END) throw new TooFarBehind();
    const events = rows.map(recordedEvent);
    const keep = await this.apply(sql, events);
    return () => {
      keep();
      this.moveTo(events);
    };
  }

  private async write(writer: pg.Client, events: readonly RecordedEvent[]): Promise<void> {
    if (events.length === 0) return;
    const keep = await inTransaction(writer, (sql) => this.apply(sql, events));
    keep();
  }

  private async apply(sql: SqlExecutor, events: readonly RecordedEvent[]): Promise<() => void> {
    const folded = new Map<string, Folded<State>>();
    for (const [stream, own] of Map.groupBy(events, (event) => event.stream)) {
      const [first, last] = [own[0] as RecordedEvent, own.at(-1) as RecordedEvent];
      const before = await this.stateBefore(sql, first);
      const after = this.fold(before, own);
      const change = { stream, events: own as never, before, after, version: last.version };
      for (const projection of this.projections) await projection.apply(sql, change);
      folded.set(stream, { state: after, version: last.version, time: last.recorded_at });
    }
    return () => {
      for (const [stream, state] of folded) this.states.set(stream, state);
      this.events += events.length;
    };
  }

  private async stateBefore(sql: SqlExecutor, { stream, version }: RecordedEvent): Promise<State> {
    if (version === 1) return this.aggregate.initial;
    const known = this.states.get(stream);
    if (known?.version === version - 1) return known.state;
    let state = this.aggregate.initial;
    for (let at = 0; at < version - 1;) {
      const { rows } = await sql.query<EventRow>(
        `SELECT ${eventColumns} FROM log.events WHERE stream = $1 AND version > $2 AND version < $3
         ORDER BY version LIMIT $4`,
        [stream, at, version, PAGE],
        'rebuild_state',
      );
      assertNext(stream, at, rows[0]?.version ?? version);
      state = this.fold(state, rows.map(recordedEvent));
      at += rows.length;
    }
    return state;
  }

  private fold(state: State, events: readonly RecordedEvent[]): State {
    return events.reduce((folded, event) => this.aggregate.evolve(folded, event as never), state);
  }

  private moveTo(events: readonly RecordedEvent[]): void {
    const last = events.at(-1);
    if (last) this.place = { transaction_id: last.transaction_id, position: last.position };
  }
}

/** Its failure is no unhandled one when something else fails first. */
function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function assertNext(stream: string, version: number, next: number): void {
  if (next !== version + 1) throw new Error(`${stream} has no event ${version + 1}, but one at ${next}`);
}

async function lastBelowHorizon(reader: pg.Client): Promise<LogPosition | undefined> {
  const { rows } = await reader.query<LogPosition>(
    `SELECT transaction_id::text AS transaction_id, position::text AS position FROM log.events
      WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())
      ORDER BY log.events.transaction_id DESC, log.events.position DESC LIMIT 1`,
  );
  return rows[0];
}

/** A page of the log by stream and version, without what came after `end`; a long stream goes on on the next page. */
async function byStream(reader: pg.Client, end: LogPosition, after?: RecordedEvent): Promise<RecordedEvent[]> {
  const { rows } = await reader.query<EventRow>({
    name: 'rebuild_page',
    text: `SELECT ${eventColumns} FROM log.events
            WHERE (stream, version) > ($1, $2) AND (transaction_id, position) <= ($3::xid8, $4::bigint)
            ORDER BY stream, version LIMIT $5`,
    values: [after?.stream ?? '', after?.version ?? 0, end.transaction_id, end.position, PAGE],
  });
  return rows.map(recordedEvent);
}
