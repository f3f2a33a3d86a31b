import type { DeadLetterCounts } from '../port.js';
import type { Origin, Said } from './dead-letter-records.js';

export interface ParkedLetter {
  readonly id: string;
  readonly key: string;
  readonly origin: Origin;
  /** Where it is in the dead-letter topic. */
  readonly at: bigint;
}

/**
 * The fold of a dead-letter topic: which letters are left, hence which keys are parked, and which of those somebody wants
 * to be replayed. A key is parked exactly as long as a letter of it is left, so nothing can be half done.
 */
export class ParkedLetters {
  private readonly letters = new Map<string, ParkedLetter>();
  /** By place, then key. */
  private readonly ids = new Map<string, Map<string, Set<string>>>();
  private readonly replays = new Map<string | null, bigint>();
  /** Changes with every record. */
  version = 0;

  apply(said: Said): void {
    this.version += 1;
    if (said.kind === 'replay') {
      this.replays.set(said.key, said.at);
      return;
    }
    this.remove(said.id);
    if (said.kind === 'letter') this.add(said);
  }

  private add({ id, key, origin, at }: ParkedLetter): void {
    this.letters.set(id, { id, key, origin, at });
    const place = placeOf(origin);
    const keys = this.ids.get(place) ?? new Map<string, Set<string>>();
    this.ids.set(place, keys.set(key, (keys.get(key) ?? new Set()).add(id)));
  }

  private remove(id: string): void {
    const letter = this.letters.get(id);
    if (!letter) return;
    this.letters.delete(id);
    const keys = this.ids.get(placeOf(letter.origin));
    const ofKey = keys?.get(letter.key);
    ofKey?.delete(id);
    if (ofKey?.size === 0) keys?.delete(letter.key);
  }

  isParked(topic: string, partition: number, key: string): boolean {
    return this.ids.get(placeOf({ topic, partition }))?.has(key) ?? false;
  }

  get counts(): DeadLetterCounts {
    return { letters: this.letters.size, keys: [...this.ids.values()].reduce((sum, keys) => sum + keys.size, 0) };
  }

  /** In the order in which they came. */
  lettersOf(topic: string, partition: number, key: string): ParkedLetter[] {
    const ids = this.ids.get(placeOf({ topic, partition }))?.get(key) ?? [];
    return [...ids].flatMap((id) => this.letters.get(id) ?? []).sort(byOrigin);
  }

  /**
   * The keys of a place whose replay was asked for after their first letter was written: one that fails in a replay is
   * written again, and waits for the next request.
   */
  wanted(topic: string, partition: number): string[] {
    const keys = [...(this.ids.get(placeOf({ topic, partition }))?.keys() ?? [])];
    return keys.filter((key) => {
      const first = this.lettersOf(topic, partition, key)[0];
      return first !== undefined && first.at < this.askedAt(key);
    });
  }

  private askedAt(key: string): bigint {
    const [all, one] = [this.replays.get(null) ?? -1n, this.replays.get(key) ?? -1n];
    return all > one ? all : one;
  }

  /** All, or those of one key: by topic, partition and offset. */
  all(key?: string): ParkedLetter[] {
    return [...this.letters.values()].filter((letter) => key === undefined || letter.key === key).sort(byOrigin);
  }
}

const placeOf = ({ topic, partition }: Pick<Origin, 'topic' | 'partition'>): string => `${topic} ${partition}`;

function byOrigin({ origin: a }: ParkedLetter, { origin: b }: ParkedLetter): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition || Number(BigInt(a.offset) - BigInt(b.offset));
}
