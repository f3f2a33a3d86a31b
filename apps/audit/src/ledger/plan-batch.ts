import { canonicalJson, hashLeaf, type LedgerEntry } from '@cloud-images/ledger';
import { entryOf, subjectOf, ownerAfter, readersOf, type Arrival } from './arrival.js';

/** What the ledger has of what a batch is about. */
export interface Known {
  /** Leaves so far: the position of the next one. */
  readonly size: number;
  /** Stream → its last version. */
  readonly versions: ReadonlyMap<string, number>;
  /** `placeKey` → the id of the event that is sealed there. */
  readonly ids: ReadonlyMap<string, string>;
  /** `placeKey` of a log and a number in it, of which an event is sealed. */
  readonly numbers: ReadonlySet<string>;
  /** Image or task → its owner; null: nobody's; not there: not created yet, as far as the ledger goes. */
  readonly owners: ReadonlyMap<string, string | null>;
}

export interface Leaf {
  readonly entry: LedgerEntry;
  readonly text: string;
  readonly hash: Buffer;
  /** `subjectOf` its event. */
  readonly subject: string;
  readonly readers: readonly string[];
}

/**
 * `gap`: an earlier event of the stream is missing. `diverged`: another event is sealed at its place. `doubtful`: its number in
 * the log is another event's, so that one of the two is no event of that log.
 */
export type Outcome = 'sealed' | 'known' | 'gap' | 'diverged' | 'doubtful';

export interface Plan {
  readonly leaves: readonly Leaf[];
  /** One for each arrival. */
  readonly outcomes: readonly Outcome[];
  /** Images and tasks whose owner is another, or known, after the batch. */
  readonly owners: ReadonlyMap<string, string | null>;
}

/** Of an event in its stream, or of its number in its log. */
export const placeKey = (of: string, at: number): string => `${of} ${at}`;

// Each event once, the events of a stream in their order; the leaves are numbered in the order of arrival.

export function planBatch(arrivals: readonly Arrival[], known: Known): Plan {
  const versions = new Map(known.versions);
  const ids = new Map(known.ids);
  const numbers = new Set(known.numbers);
  const owners = new Map<string, string | null>();
  const leaves: Leaf[] = [];
  const outcomes = arrivals.map((arrival): Outcome => {
    const { event } = arrival;
    const { stream, version } = event;
    const have = versions.get(stream) ?? 0;
    if (version <= have) return ids.get(placeKey(stream, version)) === event.event_id ? 'known' : 'diverged';
    if (version > have + 1) return 'gap';
    const place = placeKey(arrival.log, arrival.number);
    if (numbers.has(place) && arrival.vouched !== true) return 'doubtful';
    const subject = subjectOf(event);
    const before = owners.has(subject) ? owners.get(subject) : known.owners.get(subject);
    const entry = entryOf(arrival, known.size + leaves.length);
    const text = canonicalJson(entry);
    leaves.push({ entry, text, hash: hashLeaf(text), subject, readers: readersOf(event, before) });
    versions.set(stream, version);
    ids.set(placeKey(stream, version), event.event_id);
    numbers.add(place);
    const after = ownerAfter(event, before);
    if (after !== undefined && after !== before) owners.set(subject, after);
    return 'sealed';
  });
  return { leaves, outcomes, owners };
}
