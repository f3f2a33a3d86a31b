import type { SqlExecutor } from '@cloud-images/event-store';
import { canonicalJson, subtreesOf, type LedgerEntry } from '@cloud-images/ledger';
import { checkpointCovering, latestCheckpoint } from '../ledger/checkpoints.query.js';
import { everything, type EntryFilter } from '../ledger/entry-filter.js';
import { findEntries, type Found, type Scope } from '../ledger/find-entries.query.js';
import { subtreeReader } from '../ledger/tree.query.js';
import { csvHeader, csvRow } from './csv.js';

/** Positions from `from` up to and without `to`. */
export interface ExportRange {
  readonly from: number;
  readonly to: number;
}

export interface ExportRequest {
  readonly ledger: string;
  readonly scope: Scope;
  readonly filter: EntryFilter;
  readonly range: ExportRange;
  readonly format: 'ndjson' | 'csv';
}

const PAGE = 1_000;

/**
 * The text of an export, a page at a time. NDJSON begins with a line about the export and ends with one that counts its
 * events; where every event of the range is in it, the first line holds the hashes of the tree to its left and right, so
 * that it can be verified by itself.
 */
export async function* exportedLines(sql: SqlExecutor, request: ExportRequest): AsyncGenerator<string> {
  const { format, range, scope, filter } = request;
  const line = format === 'csv' ? csvLine : ndjsonLine;
  const pages = pagesOf(sql, scope, filter, range);
  // A search that is refused is refused before anything is sent.
  const first = await pages.next();
  yield format === 'csv' ? csvHeader : await headOf(sql, request);
  let count = 0;
  for (let page = first; page.done !== true; page = await pages.next()) {
    count += page.value.length;
    if (page.value.length > 0) yield page.value.map(line).join('');
  }
  if (format === 'ndjson') yield `{"end":{"events":${count}}}\n`;
}

const ndjsonLine = ({ entry, leaf_hash }: Found): string => `{"entry":${entry},"leaf_hash":"${leaf_hash}"}\n`;
const csvLine = ({ entry }: Found): string => csvRow(JSON.parse(entry) as LedgerEntry);

async function* pagesOf(
  sql: SqlExecutor,
  scope: Scope,
  filter: EntryFilter,
  { from, to }: ExportRange,
): AsyncGenerator<readonly Found[]> {
  for (let after: number | null = from - 1; after !== null && after < to - 1;) {
    const { entries, next } = await findEntries(sql, { scope, filter, order: 'asc', after, limit: PAGE });
    yield entries.filter(({ position }) => position < to);
    after = next;
  }
}

async function headOf(sql: SqlExecutor, { ledger, scope, filter, range }: ExportRequest): Promise<string> {
  const { from, to } = range;
  const whole = scope === 'all' && JSON.stringify(filter) === JSON.stringify(everything);
  if (!whole) return `${canonicalJson({ export: { version: 1, ledger, from, to, whole } })}\n`;
  const read = subtreeReader(sql);
  const checkpoint = (await checkpointCovering(sql, to)) ?? (await latestCheckpoint(sql));
  const behind = checkpoint === null ? to : Math.max(checkpoint.size, to);
  const [before, after] = await Promise.all([
    read(subtreesOf({ start: 0, end: from })),
    read(subtreesOf({ start: to, end: behind })),
  ]);
  const hex = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'));
  const head = { version: 1, ledger, from, to, whole, before: hex(before), after: hex(after), checkpoint };
  return `${canonicalJson({ export: head })}\n`;
}
