import type { AppendedEvent, NewEvent, RecordedEvent } from '@cloud-images/contracts';
import { appendedEvents } from '../appended-events.js';
import type { Loaded, SqlExecutor, StreamTransaction } from '../port.js';

export interface Append {
  readonly expectedVersion: number;
  readonly events: readonly AppendedEvent[];
}

/** Keeps what is appended until the store commits it: nobody sees it before. */
export class MemoryTransaction implements StreamTransaction {
  readonly appends: Append[] = [];

  /** `recorded` gives the stream as it is at that moment. */
  constructor(
    private readonly stream: string,
    private readonly recorded: () => readonly RecordedEvent[],
  ) {}

  async load(afterVersion: number): Promise<Loaded> {
    const events = structuredClone(this.recorded().slice(afterVersion));
    const last = events.at(-1)?.recorded_at ?? '';
    const now = clock();
    return { events, now: now > last ? now : last };
  }

  presumeNew(): Loaded {
    return { events: [], now: clock() };
  }

  append(expectedVersion: number, events: readonly NewEvent[], now: string): AppendedEvent[] {
    const appended = appendedEvents(this.stream, expectedVersion, events, now);
    // A copy: what the caller does to its objects later changes no record.
    if (appended.length > 0) this.appends.push({ expectedVersion, events: structuredClone(appended) });
    return appended;
  }

  readonly sql: SqlExecutor = {
    query: () => Promise.reject(new Error('the log in memory has no SQL: rows beside it need the one on PostgreSQL')),
  };
}

/** Now, as PostgreSQL writes it: microseconds, though this clock has none. */
const clock = (): string => new Date().toISOString().replace('Z', '000Z');
