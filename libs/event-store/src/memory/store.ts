import type { RecordedEvent } from '@cloud-images/contracts';
import {
  VersionConflict,
  type EventStore,
  type LogPosition,
  type StreamTransaction,
  type TransactOptions,
} from '../port.js';
import { MemoryTransaction, type Append } from './transaction.js';

/** A log that lives as long as its process, for tests: the promises of the port without a database. */
export function createMemoryEventStore(): EventStore {
  return new MemoryStore();
}

const MOST_ROWS = 1000;

/** Transactions take effect one after another, whole, when their work is done: nothing is ever above the horizon. */
class MemoryStore implements EventStore {
  private readonly log: RecordedEvent[] = [];
  private readonly streams = new Map<string, RecordedEvent[]>();
  /** Stream → when the last of its exclusive writers is through. */
  private readonly turns = new Map<string, Promise<void>>();
  private transactions = 0;

  async transact<T>(
    stream: string,
    work: (tx: StreamTransaction) => Promise<T>,
    { exclusive = false }: TransactOptions = {},
  ): Promise<T> {
    return exclusive ? this.inTurn(stream, () => this.run(stream, work)) : this.run(stream, work);
  }

  private async run<T>(stream: string, work: (tx: StreamTransaction) => Promise<T>): Promise<T> {
    const transaction = new MemoryTransaction(stream, () => this.stream(stream));
    const result = await work(transaction);
    this.commit(stream, transaction.appends);
    return result;
  }

  private async inTurn<T>(stream: string, work: () => Promise<T>): Promise<T> {
    const before = this.turns.get(stream) ?? Promise.resolve();
    const result = before.then(work);
    const through = result.then(
      () => undefined,
      () => undefined,
    );
    this.turns.set(stream, through);
    try {
      return await result;
    } finally {
      if (this.turns.get(stream) === through) this.turns.delete(stream);
    }
  }

  /** All appends of the transaction, or none. Draws its id here, so that ids and positions rise together. */
  private commit(stream: string, appends: readonly Append[]): void {
    const recorded = this.stream(stream);
    const fresh: RecordedEvent[] = [];
    const transaction_id = String(this.transactions + 1);
    for (const { expectedVersion, events } of appends) {
      const all = [...recorded, ...fresh];
      if (isRecorded(all, expectedVersion, events)) continue;
      const goesBack = (all.at(-1)?.recorded_at ?? '') > (events[0]?.recorded_at ?? '');
      if (all.length !== expectedVersion || goesBack) throw new VersionConflict(stream, expectedVersion);
      const first = this.log.length + fresh.length + 1;
      fresh.push(...events.map((event, at) => ({ ...event, transaction_id, position: String(first + at) })));
    }
    if (fresh.length === 0) return;
    this.transactions += 1;
    this.streams.set(stream, [...recorded, ...fresh]);
    this.log.push(...fresh);
  }

  async readStream(stream: string, afterVersion = 0, limit = MOST_ROWS): Promise<RecordedEvent[]> {
    const from = Math.max(afterVersion, 0);
    return structuredClone(this.stream(stream).slice(from, from + Math.min(limit, MOST_ROWS)));
  }

  async readAll(after: LogPosition | null, limit: number): Promise<{ events: RecordedEvent[]; behind: boolean }> {
    const from = Number(after?.position ?? '0');
    return { events: structuredClone(this.log.slice(from, from + limit)), behind: false };
  }

  private stream(stream: string): readonly RecordedEvent[] {
    return this.streams.get(stream) ?? [];
  }
}

/** The same events again, at the same places. */
function isRecorded(recorded: readonly RecordedEvent[], expectedVersion: number, events: Append['events']): boolean {
  return events.every(({ event_id }, at) => recorded[expectedVersion + at]?.event_id === event_id);
}
