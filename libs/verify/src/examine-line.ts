import { canonicalJson, hashLeaf, type LedgerEntry } from '@cloud-images/ledger';
import type { ExportedLine } from './exported.js';
import { at, type Finding } from './finding.js';
import { LastVersions } from './last-versions.js';

/** What each line can say by itself and by its neighbours; the tree has the last word. */
export class LineExaminer {
  private readonly versions: LastVersions;

  constructor(from: number) {
    this.versions = new LastVersions(from === 0);
  }

  /**
   * `position`: where the line is. `next`: the line behind it, for telling what was moved from what is missing. Returns the
   * leaf as the entry hashes, and what shows to be wrong.
   */
  examine(line: ExportedLine, position: number, next: ExportedLine | null): { leaf: Buffer; finding: Finding | null } {
    const { entry, leaf_hash } = line;
    const leaf = hashLeaf(canonicalJson(entry));
    const untouched = leaf.toString('hex') === leaf_hash;
    const finding = untouched
      ? (this.outOfPlace(entry, position, next) ?? this.outOfOrder(entry, position))
      : tampered(line, position, next);
    this.versions.note(entry.stream, entry.version);
    return { leaf, finding };
  }

  /** Each entry says its own position, which is hashed with it. */
  private outOfPlace(entry: LedgerEntry, position: number, next: ExportedLine | null): Finding | null {
    if (entry.position === position) return null;
    if (entry.position < position) {
      return at(entry.position, 'inserted', 'an event stands here a second time, or beside another', entry.id);
    }
    const isNextBehind = next === null || next.entry.position === entry.position + 1;
    if (isNextBehind) return at(position, 'removed', `the next event that is there says position ${entry.position}`);
    return at(position, 'moved', `the event here says position ${entry.position}`, entry.id);
  }

  /** The events of a stream are sealed in their order, and none is left out. */
  private outOfOrder({ stream, version, id }: LedgerEntry, position: number): Finding | null {
    const last = this.versions.of(stream);
    if (last === null || version === last + 1) return null;
    if (version > last + 1) return at(position, 'removed', `${stream} goes on with ${version} after ${last}`);
    return at(position, 'inserted', `${stream} has ${version} after ${last}`, id);
  }
}

/** An entry that does not hash to its leaf: was it changed, or only numbered anew because another came, went or moved? */
function tampered(line: ExportedLine, position: number, next: ExportedLine | null): Finding {
  const { entry } = line;
  if (wasSealedAt(line, position + 1)) {
    if (next === null || wasSealedAt(next, position + 2)) {
      return at(position, 'removed', 'from here on the events were sealed one place further on');
    }
    return at(position, 'moved', 'the event was sealed one place further on', entry.id);
  }
  if (wasSealedAt(line, position - 1)) {
    return at(position - 1, 'inserted', 'from here on the events were sealed one place before');
  }
  return at(position, 'changed', 'the event is not the one that was sealed', entry.id);
}

const wasSealedAt = ({ entry, leaf_hash }: ExportedLine, position: number): boolean =>
  position >= 0 && hashLeaf(canonicalJson({ ...entry, position })).toString('hex') === leaf_hash;
