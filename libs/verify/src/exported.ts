import type { Checkpoint, LedgerEntry } from '@cloud-images/ledger';

/** The first line of an export. */
export interface ExportHead {
  readonly version: number;
  readonly ledger: string;
  /** Positions from `from` up to and without `to`. */
  readonly from: number;
  readonly to: number;
  /** Whether each event of the range is in it. */
  readonly whole: boolean;
  /** hex; the perfect subtrees to the left of `from`, */
  readonly before?: readonly string[];
  /** and between `to` and the size of `checkpoint`. */
  readonly after?: readonly string[];
  readonly checkpoint?: Checkpoint | null;
}

export interface ExportedLine {
  readonly entry: LedgerEntry;
  /** hex */
  readonly leaf_hash: string;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isHashes = (value: unknown): boolean =>
  Array.isArray(value) && value.every((hash) => isText(hash) && /^[0-9a-f]{64}$/.test(hash));

/** Null when the line is no beginning of an export. */
export function readHead(line: string): ExportHead | null {
  const head = (parsed(line) as { export?: ExportHead } | null)?.export;
  if (typeof head !== 'object' || head === null || head.version !== 1 || !isText(head.ledger)) return null;
  if (!isCount(head.from) || !isCount(head.to) || head.from > head.to) return null;
  return !head.whole || (isHashes(head.before) && isHashes(head.after)) ? head : null;
}

/** How many events the last line counts; null when it is another line. */
export function readEnd(line: string): number | null {
  if (!line.startsWith('{"end"')) return null;
  const events = (parsed(line) as { end?: { events?: unknown } } | null)?.end?.events;
  return isCount(events) ? events : null;
}

/** Null when the line is no event. */
export function readLine(line: string): ExportedLine | null {
  const { entry, leaf_hash } = (parsed(line) ?? {}) as Partial<ExportedLine>;
  if (typeof entry !== 'object' || entry === null || !isText(leaf_hash)) return null;
  const isEntry = isCount(entry.position) && isText(entry.id) && isText(entry.stream) && isCount(entry.version);
  return isEntry ? { entry, leaf_hash } : null;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
