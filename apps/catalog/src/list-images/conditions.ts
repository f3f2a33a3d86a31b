import type { Filter, TimeColumn } from './filters.js';
import type { Statement } from './statement.js';
import type { TimeRange } from './time-filter.js';

/** A filter as a condition on `images i`. Unset attributes match nothing. */
export function filterCondition(filter: Filter, sql: Statement): string {
  switch (filter.kind) {
    case 'text':
      return `i.${filter.column} = ANY (${sql.bind(filter.values, 'text[]')})`;
    case 'id':
      return `i.id = ANY (${sql.bind(filter.values, 'uuid[]')})`;
    case 'owner':
      return `i.owner = ${sql.bind(filter.value, 'text')}`;
    case 'number':
      return `i.${filter.column} ${filter.operator} ${sql.bind(filter.value, 'bigint')}`;
    case 'time':
      return timeCondition(`i.${filter.column}`, filter.range, sql);
    case 'protected':
      return `(i.document::jsonb -> 'protected') = to_jsonb(${sql.bind(filter.value, 'boolean')})`;
    case 'tag':
      return `jsonb_exists(i.document::jsonb -> 'tags', ${sql.bind(filter.value, 'text')})`;
    case 'attribute':
      return `(i.document::jsonb -> ${sql.bind(filter.name, 'text')}) = to_jsonb(${sql.bind(filter.value, 'text')})`;
  }
}

export function timeCondition(expression: string, range: TimeRange, sql: Statement): string {
  const inside = [
    ...(range.from === null ? [] : [`${expression} >= ${sql.bind(range.from, 'timestamptz')}`]),
    ...(range.before === null ? [] : [`${expression} < ${sql.bind(range.before, 'timestamptz')}`]),
  ].join(' AND ');
  return range.outside ? `NOT (${inside})` : `(${inside})`;
}

/** Conditions that one may put on a time column wherever it stands. */
export const rangesOf = (filters: readonly Filter[], column: TimeColumn): TimeRange[] =>
  filters.flatMap((filter) =>
    filter.kind === 'time' && filter.column === column && !filter.range.outside ? [filter.range] : [],
  );
