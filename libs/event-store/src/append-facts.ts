import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyEvent, EventMetadata, RequestContext } from '@cloud-images/contracts';
import { VersionConflict, type EventStore, type SqlExecutor } from './port.js';
import { contextDigest } from './request-context.js';

/** Something that happened and is no matter of a decision. */
export interface Fact<E extends AnyEvent = AnyEvent> {
  readonly event: E;
  /** Drawn once: what was recorded already is known by it when it is given again. */
  readonly event_id: string;
  readonly metadata: EventMetadata;
  readonly context?: RequestContext;
}

/** Rows that must commit with the facts; may be asked for again with facts that are recorded already. `now`: of the append. */
export type Alongside = (sql: SqlExecutor, at: { readonly now: string }) => Promise<void>;

export interface Appender {
  /**
   * Records facts behind whatever the stream holds, in one transaction; those that it holds already, because an earlier
   * try with the same object went further than was known, are left out. Throws `VersionConflict` after bounded tries, `StoreUnavailable`.
   */
  append(stream: string, facts: readonly Fact[], alongside?: Alongside): Promise<void>;
}

const MOST_ATTEMPTS = 8;

/** For streams that nobody folds: they may be long, and only their end is ever read. */
export function createAppender(store: EventStore, sql: SqlExecutor): Appender {
  /** Versions at which a fact was given to a transaction of which no more is known: it is at one of these, or nowhere. */
  const tried = new WeakMap<Fact, readonly number[]>();

  // Asked for each time: what is remembered grows old as other gateways write, and then all of theirs would be loaded.
  const endOf = async (stream: string): Promise<number> => {
    const { rows } = await sql.query<{ version: number }>(
      'SELECT version FROM log.events WHERE stream = $1 ORDER BY version DESC LIMIT 1',
      [stream],
      'end_of_stream',
    );
    return rows[0]?.version ?? 0;
  };

  const once: Appender['append'] = async (stream, facts, alongside) => {
    const end = await endOf(stream);
    await store.transact(stream, async (tx) => {
      const { events, now } = await tx.load(end);
      let last = end + events.length;
      // Behind the load: what is not seen here and commits later must be above `last`, where it and this one exclude each other.
      const there = await recordedOf(
        tx.sql,
        stream,
        facts.flatMap((fact) => tried.get(fact) ?? []),
      );
      const loaded = last;
      for (const fact of facts) {
        if (there.has(fact.event_id)) continue;
        const { event, event_id, metadata, context } = fact;
        const said = context ? { ...metadata, context_digest: contextDigest(context) } : metadata;
        const open = (tried.get(fact) ?? []).filter((version) => version > loaded && version !== last + 1);
        tried.set(fact, [...open, last + 1]);
        tx.append(last, [{ ...event, event_id, metadata: said }], now, context);
        last += 1;
      }
      await alongside?.(tx.sql, { now });
    });
  };

  return {
    append: async (stream, facts, alongside) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await once(stream, facts, alongside);
        } catch (error) {
          if (!(error instanceof VersionConflict) || attempt === MOST_ATTEMPTS) throw error;
          await sleep(Math.random() * 5 * 2 ** attempt);
        }
      }
    },
  };
}

/** The ids of the events at these versions. */
async function recordedOf(sql: SqlExecutor, stream: string, versions: readonly number[]): Promise<ReadonlySet<string>> {
  if (versions.length === 0) return new Set();
  const { rows } = await sql.query<{ event_id: string }>(
    'SELECT event_id::text AS event_id FROM log.events WHERE stream = $1 AND version = ANY ($2)',
    [stream, versions],
  );
  return new Set(rows.map(({ event_id }) => event_id));
}
