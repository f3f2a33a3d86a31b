import { classesOf, sizeClassSql, sizeLevels, type SizeLevel, type SizeRange } from '../read-model/size-classes.js';
import { filterCondition } from './conditions.js';
import type { Filter } from './filters.js';
import { comparison } from './ordering.js';
import { directionOf, startOf, type Place } from './place.js';

type NumberFilter = Filter & { kind: 'number' };

export const sizesIn = (filters: readonly Filter[]): NumberFilter[] =>
  filters.filter((filter): filter is NumberFilter => filter.kind === 'number' && filter.column === 'size');

/**
 * The next images of the sizes wanted, in the order of creation. Every class of sizes says where it begins; so many that begin
 * first are walked, and what lies before the beginning of the others, and before where a walk was cut, is all that there is
 * up to there. Arms of a merge would do the same, but to plan one for each class took longer than the list.
 */
export const nextBySize =
  (walked: number): Place =>
  (wanted, most, sql) => {
    const direction = directionOf(wanted.query);
    const sizes = sizesIn(wanted.query.filters);
    const classes = classesOf(rangeOf(sizes));
    const order = `ORDER BY created_at ${direction}, id ${direction}`;
    const rowsOf = (level: SizeLevel, value: string) => `SELECT i.created_at, i.id FROM images i
      WHERE i.listed AND i.size IS NOT NULL AND ${sizeClassSql[level]} = ${value}
        ${sizes.map((filter) => `AND ${filterCondition(filter, sql)}`).join(' ')} ${startOf(wanted, 'i', sql)}`;
    const beginnings = sizeLevels.map((level) => {
      const values = classes.filter((one) => one.level === level).map(({ value }) => value);
      return `SELECT ${level} AS level, k.value, h.created_at, h.id FROM unnest(${sql.bind(values, 'integer[]')}) k (value)
      CROSS JOIN LATERAL (${rowsOf(level, 'k.value')} ${order} LIMIT 1) h`;
    });
    const on = direction === 'desc' ? '<=' : '>=';
    const walks = sizeLevels.map(
      (level) => `SELECT w.created_at, w.id, w.nth FROM (SELECT * FROM beginning ${order} LIMIT ${walked}) b
      CROSS JOIN LATERAL (SELECT r.created_at, r.id, row_number() OVER () AS nth FROM (${rowsOf(level, 'b.value')}
        AND b.level = ${level} AND (i.created_at, i.id) ${on} (b.created_at, b.id) ${order} LIMIT ${most}) r) w`,
    );
    return {
      before: `beginning AS MATERIALIZED (${beginnings.join(' UNION ALL ')}),
  walk AS MATERIALIZED (${walks.join(' UNION ALL ')}),
  horizon AS MATERIALIZED (
    SELECT created_at, id FROM ((SELECT created_at, id FROM beginning ${order} OFFSET ${walked} LIMIT 1)
      UNION ALL SELECT created_at, id FROM walk WHERE nth = ${most}) h ${order} LIMIT 1
  )`,
      rows: `SELECT w.created_at, w.id FROM walk w WHERE NOT EXISTS (SELECT FROM horizon)
      OR (w.created_at, w.id) ${comparison(direction === 'desc' ? 'asc' : 'desc')} (SELECT created_at, id FROM horizon) ${order}`,
      order: `c.created_at ${direction}, c.id ${direction}`,
      cut: 'EXISTS (SELECT FROM horizon)',
    };
  };

function rangeOf(sizes: readonly NumberFilter[]): SizeRange {
  let [min, max]: [bigint | null, bigint | null] = [null, null];
  for (const { operator, value } of sizes) {
    const bytes = BigInt(value);
    if (operator !== '<=' && (min === null || bytes > min)) min = bytes;
    if (operator !== '>=' && (max === null || bytes < max)) max = bytes;
  }
  return { min, max };
}
