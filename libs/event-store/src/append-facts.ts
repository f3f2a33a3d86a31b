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
const MOST_STREAMS = 10_000;

/** For streams that nobody folds: they may be long, and only their end is ever read. */
export function createAppender(store: EventStore, sql: SqlExecutor): Appender {
  /** Stream → a version that it has. */
  const ends = new Map<string, number>();
  /** Where a fact's first try began: it is not below, whatever became of that. */
  const begun = new WeakMap<Fact, number>();

  const endOf = async (stream: string): Promise<number> => {
    const known = ends.get(stream);
    if (known !== undefined) return known;
    const { rows } = await sql.query<{ version: number }>(
      'SELECT version FROM log.events WHERE stream = $1 ORDER BY version DESC LIMIT 1',
      [stream],
      'end_of_stream',
    );
    return remember(stream, rows[0]?.version ?? 0);
  };
  const remember = (stream: string, version: number): number => {
    ends.delete(stream);
    ends.set(stream, version);
    if (ends.size > MOST_STREAMS) ends.delete(ends.keys().next().value as string);
    return version;
  };

  const once: Appender['append'] = async (stream, facts, alongside) => {
    const end = await endOf(stream);
    for (const fact of facts) if (!begun.has(fact)) begun.set(fact, end);
    const from = Math.min(...facts.map((fact) => begun.get(fact) as number));
    const version = await store.transact(stream, async (tx) => {
      const { events, now } = await tx.load(from);
      const there = new Set(events.map(({ event_id }) => event_id));
      let last = from + events.length;
      for (const { event, event_id, metadata, context } of facts) {
        if (there.has(event_id)) continue;
        const said = context ? { ...metadata, context_digest: contextDigest(context) } : metadata;
        tx.append(last, [{ ...event, event_id, metadata: said }], now, context);
        last += 1;
      }
      await alongside?.(tx.sql, { now });
      return last;
    });
    remember(stream, version);
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
