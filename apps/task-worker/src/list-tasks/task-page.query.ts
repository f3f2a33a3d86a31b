import type { SqlExecutor } from '@cloud-images/event-store';
import { unknownMarker, type ListQuery } from './list-query.js';

/** Tasks without an end come last when those that have one are asked for from the first on. */
const keyOf = {
  created_at: 'created_at',
  updated_at: 'updated_at',
  expires_at: "coalesce(expires_at, 'infinity')",
  id: 'id',
  type: 'type',
  status: 'status',
} as const;

/** JSON of the stubs of one page. `owner` null: of all projects. Throws `invalid-marker`. */
export async function taskPage(sql: SqlExecutor, query: ListQuery, owner: string | null): Promise<string[]> {
  const { type, status, sortKey, ascending, limit, marker } = query;
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const shown = ['(expires_at IS NULL OR expires_at > clock_timestamp())'];
  if (owner !== null) shown.push(`owner = ${bind(owner)}`);
  if (marker !== null) {
    const { rows } = await sql.query(
      `SELECT 1 FROM read_model.tasks WHERE ${[...shown, `id = ${bind(marker)}`].join(' AND ')}`,
      values,
    );
    if (rows.length === 0) throw unknownMarker();
    values.pop();
  }
  if (type !== null) shown.push(`type = ${bind(type)}`);
  if (status !== null) shown.push(`status = ${bind(status)}`);
  const key = keyOf[sortKey];
  if (marker !== null) {
    const place = `(SELECT ${key}, id FROM read_model.tasks WHERE id = ${bind(marker)})`;
    shown.push(`(${key}, id) ${ascending ? '>' : '<'} ${place}`);
  }
  const direction = ascending ? 'ASC' : 'DESC';
  const { rows } = await sql.query<{ stub: string }>(
    `SELECT stub FROM read_model.tasks WHERE ${shown.join(' AND ')}
     ORDER BY ${key} ${direction}, id ${direction} LIMIT ${bind(limit)}`,
    values,
  );
  return rows.map(({ stub }) => stub);
}
