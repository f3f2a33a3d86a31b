import type { Arrival } from './arrival.js';

/** A numbered event's place in its log. */
export interface LogPlace {
  readonly number: number;
  readonly transaction_id: string;
  readonly position: string;
}

export interface Progress {
  /** The last place up to which everything is here. */
  readonly complete: LogPlace;
  /** What is here above a number that is missing, by number. */
  readonly ahead: ReadonlyMap<number, LogPlace>;
}

export const nothingYet: Progress = {
  complete: { number: 0, transaction_id: '0', position: '0' },
  ahead: new Map(),
};

// The relay numbers each log 1, 2, 3 … without a gap, the same each time. Who has 1..N has all.

export function advance({ complete, ahead }: Progress, arrivals: readonly Arrival[]): Progress {
  const waiting = new Map(ahead);
  for (const { number, event } of arrivals) {
    if (number <= complete.number) continue;
    waiting.set(number, { number, transaction_id: event.transaction_id, position: event.position });
  }
  let last = complete;
  for (let next = waiting.get(last.number + 1); next !== undefined; next = waiting.get(last.number + 1)) {
    waiting.delete(next.number);
    last = next;
  }
  return { complete: last, ahead: waiting };
}
