import type { Actor, RequestContext, SecurityEvent } from '@cloud-images/contracts';
import { nobody, type ObservedKind, type Observation } from './observation.js';

/** What `data` has, whatever the kind. */
interface Data {
  count: number;
  first_at: string;
  last_at: string;
  folded: boolean;
  reason?: string | null;
  bytes?: number;
  unfinished?: number;
  size?: number | null;
  range?: { readonly start: number; readonly end: number } | null;
}

/** One event to be written. */
export interface Summary {
  readonly event: Extract<SecurityEvent, { type: ObservedKind }>;
  readonly actor: Actor;
  /** Of the first request; what names a person may be taken out of it until it is written. */
  readonly context: RequestContext;
}

/** Observations of one key as they come, until they are taken as one event. */
export class Tally {
  private summary: { event: { type: ObservedKind; data: Data }; actor: Actor; context: RequestContext } | null = null;

  get count(): number {
    return this.summary?.event.data.count ?? 0;
  }

  add({ type, data, actor, context }: Observation, at: number, isFolded: boolean): void {
    const time = new Date(at).toISOString();
    if (this.summary === null) {
      const first = { ...data, count: 1, first_at: time, last_at: time, folded: isFolded };
      this.summary = { event: { type, data: first }, actor: actor ?? nobody, context: { ...context } };
      return;
    }
    const sum = this.summary.event.data;
    sum.count += 1;
    sum.last_at = time;
    // Those of one key have one reason; those that were folded may have several.
    if ('reason' in data && data.reason !== sum.reason) sum.reason = null;
    if (type !== 'ImageDataSent') return;
    sum.bytes = (sum.bytes ?? 0) + data.bytes;
    sum.unfinished = (sum.unfinished ?? 0) + data.unfinished;
    sum.range = isFolded ? null : extent(sum, data);
  }

  /** The event so far; what comes from now on is another one. Null: nothing came. */
  take(): Summary | null {
    const { summary } = this;
    this.summary = null;
    return summary as Summary | null;
  }

  forget(userId: string): void {
    if (this.summary !== null) forgetPerson(this.summary as Summary, userId);
  }
}

/** Takes out of an event that waits what names one user. */
export function forgetPerson({ event, actor, context }: Summary, userId: string): void {
  if (actor.user !== userId && (!('user_id' in event.data) || event.data.user_id !== userId)) return;
  const personal = context as { -readonly [Name in keyof RequestContext]?: RequestContext[Name] };
  delete personal.user_name;
  delete personal.source_address;
  delete personal.user_agent;
}

/** From the lowest to the highest byte; null once all of the image was asked for. */
function extent(one: Pick<Data, 'range'>, other: Pick<Data, 'range'>): (Data['range'] & {}) | null {
  if (!one.range || !other.range) return null;
  return { start: Math.min(one.range.start, other.range.start), end: Math.max(one.range.end, other.range.end) };
}
