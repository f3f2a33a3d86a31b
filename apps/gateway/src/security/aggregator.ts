import { folded, keyOf, principalOf, type ObservedKind, type Observation } from './observation.js';
import { Tally, type Summary } from './tally.js';

export interface AggregatorOptions {
  /** How long repeats are gathered into one event. */
  readonly windowMs: number;
  /** Keys of each kind that are told apart at a time; what is beyond is one more. */
  readonly mostOfKind?: number;
  /** Of those, of one user in one project, or of one that was claimed to be. */
  readonly mostOfPrincipal?: number;
  /** The same for downloads: an honest reader of many images is told apart longer. */
  readonly mostOfReader?: number;
  readonly now?: () => number;
}

interface Entry {
  readonly kind: ObservedKind;
  readonly principal: string;
  readonly tally: Tally;
  dueAt: number;
}

/**
 * Gathers what clients do as often as they like into few events, in bounded memory: the first of a key is due at once,
 * its repeats together when the window is over. What has no room is counted with others: of the same principal, else of
 * its kind. Nothing is dropped here but what would tell them apart, and that is counted by `foldedCount`. A download takes
 * the place of one that is written already, so that reading much does not hide what is read, as far as it can be written.
 */
export class Aggregator {
  private readonly entries = new Map<string, Entry>();
  /** Downloads of which nothing waits, those that were written longest ago first. */
  private readonly written = new Map<string, Entry>();
  private readonly ofKind = new Map<ObservedKind, number>();
  private readonly ofPrincipal = new Map<string, number>();
  private readonly mostOfKind: number;
  private readonly mostOfPrincipal: number;
  private readonly mostOfReader: number;
  private readonly now: () => number;
  foldedCount = 0;

  constructor(private readonly options: AggregatorOptions) {
    this.mostOfKind = options.mostOfKind ?? 2_000;
    this.mostOfPrincipal = options.mostOfPrincipal ?? 100;
    this.mostOfReader = options.mostOfReader ?? 500;
    this.now = options.now ?? Date.now;
  }

  /** Keys that are held, those of what was folded among them. */
  get size(): number {
    return this.entries.size;
  }

  /** Events that are not taken yet. */
  get waiting(): number {
    let sum = 0;
    for (const { tally } of this.entries.values()) if (tally.count > 0) sum += 1;
    return sum;
  }

  observe(observation: Observation): void {
    const at = this.now();
    const key = keyOf(observation);
    const own = this.entries.get(key) ?? this.admit(key, observation, at);
    this.written.delete(key);
    if (own) return own.tally.add(observation, at, false);
    this.foldedCount += 1;
    const { type } = observation;
    const mine = `${type}\n${principalOf(observation)}\n*`;
    const theirs = this.entries.get(mine) ?? (this.hasRoom(type) ? this.open(mine, observation, at) : undefined);
    this.written.delete(theirs ? mine : type);
    if (theirs) return theirs.tally.add(folded(observation, false), at, true);
    const all = this.entries.get(type) ?? this.open(type, observation, at, '');
    all.tally.add(folded(observation, true), at, true);
  }

  /** Up to `most` events whose time has come, those that waited longest first. */
  take(most: number): Summary[] {
    const now = this.now();
    const due = [...this.entries].filter(([, { dueAt }]) => dueAt <= now).sort(([, a], [, b]) => a.dueAt - b.dueAt);
    const taken: Summary[] = [];
    for (const [key, entry] of due) {
      if (entry.tally.count === 0) this.close(key, entry);
      else if (taken.length < most) {
        taken.push(entry.tally.take() as Summary);
        entry.dueAt = now + this.options.windowMs;
        if (entry.kind === 'ImageDataSent') this.written.set(key, entry);
      }
    }
    return taken;
  }

  /** All that waits, due or not: at the end. */
  takeAll(): Summary[] {
    return [...this.entries.values()].flatMap(({ tally }) => tally.take() ?? []);
  }

  /** Takes out of what waits what names a user. */
  forget(userId: string): void {
    for (const { tally } of this.entries.values()) tally.forget(userId);
  }

  private admit(key: string, observation: Observation, at: number): Entry | undefined {
    const { type } = observation;
    const principal = `${type}\n${principalOf(observation)}`;
    const most = type === 'ImageDataSent' ? this.mostOfReader : this.mostOfPrincipal;
    const isOwnRoomFull = (this.ofPrincipal.get(principal) ?? 0) >= most;
    if (isOwnRoomFull || !this.hasRoom(type)) {
      if (type !== 'ImageDataSent' || !this.giveWay(isOwnRoomFull ? principal : null)) return undefined;
    }
    return this.open(key, observation, at);
  }

  /** Frees the key of a download, of this reader or of any, that was written longest ago and came no more; false: all wait. */
  private giveWay(principal: string | null): boolean {
    for (const [key, entry] of this.written) {
      if (principal !== null && entry.principal !== principal) continue;
      this.close(key, entry);
      return true;
    }
    return false;
  }

  private hasRoom(kind: ObservedKind): boolean {
    return (this.ofKind.get(kind) ?? 0) < this.mostOfKind;
  }

  private open(key: string, observation: Observation, at: number, whose = principalOf(observation)): Entry {
    const { type: kind } = observation;
    const entry = { kind, principal: `${kind}\n${whose}`, tally: new Tally(), dueAt: at };
    this.entries.set(key, entry);
    this.ofKind.set(kind, (this.ofKind.get(kind) ?? 0) + 1);
    this.ofPrincipal.set(entry.principal, (this.ofPrincipal.get(entry.principal) ?? 0) + 1);
    return entry;
  }

  private close(key: string, { kind, principal }: Entry): void {
    this.entries.delete(key);
    this.written.delete(key);
    this.ofKind.set(kind, (this.ofKind.get(kind) ?? 0) - 1);
    const left = (this.ofPrincipal.get(principal) ?? 0) - 1;
    if (left > 0) this.ofPrincipal.set(principal, left);
    else this.ofPrincipal.delete(principal);
  }
}
