import { rangesOf, timeCondition } from './conditions.js';
import type { ListQuery } from './list-query.js';
import { comparison, type Marker } from './ordering.js';
import type { Statement } from './statement.js';

/**
 * Where the images of a list are looked for: rows (created_at, id, …), of which a bounded number is looked at. Those in
 * the order of the page settle its first images even when there are more; of others nothing is known before all are read.
 */
export interface Source {
  readonly rows: string;
  /** What orders rows `c`; null for rows in no order. */
  readonly order: string | null;
  /** CTEs that `rows` and `cut` need. */
  readonly before?: string;
  /** Whether there are more than these, even though fewer came than were asked for. */
  readonly cut?: string;
}

/** What a list is made for; the marker is where its page starts after. */
export interface Wanted {
  readonly principals: readonly string[];
  readonly query: ListQuery;
  readonly marker: Marker | null;
}

/** A place to look in; at `most` so many rows will be taken, one more of those in no order. */
export type Place = (wanted: Wanted, most: number, sql: Statement) => Source;

/** Where the rows of `table` begin for a page in the order of creation. */
export function startOf({ query, marker }: Wanted, table: string, sql: Statement): string {
  const conditions = rangesOf(query.filters, 'created_at').map((range) =>
    timeCondition(`${table}.created_at`, range, sql),
  );
  if (marker !== null) {
    const place = `${sql.bind(marker.created_at, 'timestamptz')}, ${sql.bind(marker.id, 'uuid')}`;
    conditions.push(`(${table}.created_at, ${table}.id) ${comparison(directionOf(query))} (${place})`);
  }
  return conditions.map((condition) => `AND ${condition}`).join(' ');
}

export const directionOf = ({ sort }: ListQuery) => sort[0]?.direction ?? 'desc';
