import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventMetadata, NewEvent, RecordedEvent } from '@cloud-images/contracts';
import { VersionConflict, type AppendedEvent, type EventStore, type LogPosition } from '../port.js';

/** What the cases of the suite work on; `stream` is new for each case, the log outlives it. */
export interface Subject {
  readonly store: EventStore;
  /** A second client of the same log. */
  readonly other: EventStore;
  readonly stream: string;
}

export const metadata: EventMetadata = {
  actor: { user: 'u', project: 'p', roles: ['member'], via: 'gateway' },
  request_id: 'req-1',
  correlation_id: 'req-1',
};

export const happened = (nth: number): NewEvent => ({
  type: 'Happened',
  data: { nth },
  event_id: randomUUID(),
  metadata,
});

export const some = (count: number): NewEvent[] => Array.from({ length: count }, (_, nth) => happened(nth));

/** One transaction that appends at `expectedVersion`, without looking. */
export function append(
  store: EventStore,
  stream: string,
  expectedVersion: number,
  events: readonly NewEvent[],
): Promise<AppendedEvent[]> {
  return store.transact(stream, async (tx) => {
    const { now } = await tx.load(0);
    return tx.append(expectedVersion, events, now);
  });
}

/** One event behind whatever the stream holds; on a conflict again, in a new transaction. */
export async function appendNext(store: EventStore, stream: string, exclusive = false): Promise<AppendedEvent> {
  for (;;) {
    try {
      return await store.transact(
        stream,
        async (tx) => {
          const { events, now } = await tx.load(0);
          return tx.append(events.length, [happened(events.length)], now)[0] as AppendedEvent;
        },
        { exclusive },
      );
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
      await sleep(Math.random() * 10);
    }
  }
}

export async function versionsOf(store: EventStore, stream: string): Promise<number[]> {
  return (await store.readStream(stream)).map(({ version }) => version);
}

/** Reads on in read order until `enough` holds of what came; also past the horizon's waits. */
export async function readOn(
  store: EventStore,
  after: LogPosition | null,
  enough: (events: readonly RecordedEvent[]) => boolean,
  page = 500,
): Promise<RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for (const end = Date.now() + 20_000; !enough(found);) {
    if (Date.now() > end) throw new Error(`read on in vain after ${found.length} events`);
    const { events } = await store.readAll(found.at(-1) ?? after, page);
    found.push(...events);
    if (events.length === 0) await sleep(10);
  }
  return found;
}

/** Where the log ends for a reader, once nothing is under way above it. */
export async function endOfLog(store: EventStore): Promise<LogPosition | null> {
  let last: LogPosition | null = null;
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const { events, behind } = await store.readAll(last, 1000);
    last = events.at(-1) ?? last;
    if (events.length === 0 && !behind) return last;
    if (events.length === 0) await sleep(10);
  }
  throw new Error('the log has no end');
}
