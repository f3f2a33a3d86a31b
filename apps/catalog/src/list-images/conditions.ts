import type { Standing } from '@cloud-images/image-model';
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
    case 'standard':
      return filter.value ? standard(filter.standing, sql) : `NOT ${standard(filter.standing, sql)}`;
    case 'tag':
      return `jsonb_exists(i.document::jsonb -> 'tags', ${sql.bind(filter.value, 'text')})`;
    case 'attribute':
      return `(i.document::jsonb -> ${sql.bind(filter.name, 'text')}) = to_jsonb(${sql.bind(filter.value, 'text')})`;
  }
}

/** As `isStandard` has it for one image; never null. */
function standard({ levels, rackconnect }: Standing, sql: Statement): string {
  const value = (name: string) => `coalesce(i.document::jsonb ->> '${name}', '')`;
  const ofLevel = `regexp_split_to_array(btrim(${value('standard_service_levels')}), '\\s*,\\s*') && ${sql.bind(levels, 'text[]')}`;
  const ofRackconnect = `${sql.bind(rackconnect, 'boolean')} AND ${value('standard_rackconnect')} = 'true'`;
  const now = `to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
  const alive = `(${value('end_of_life')} = '' OR ${value('end_of_life')} COLLATE "C" > ${now})`;
  return `(i.visibility = 'public' AND (${ofLevel} OR (${ofRackconnect})) AND ${alive})`;
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
