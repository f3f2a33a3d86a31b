import type { SqlExecutor } from '@cloud-images/event-store';
import type { RenderOptions } from '@cloud-images/image-model';
import { comparison, type Marker } from './ordering.js';
import type { Direction } from './sorting.js';

/** A page of images as JSON texts, joined by commas, and the id of its last image when there may be more. */
export interface Page {
  readonly documents: string;
  readonly count: number;
  readonly last: string | null;
}

interface Row {
  documents: string | null;
  count: number;
  last: string | null;
}

/** The bounds that arms are read with: as constants, so that the plan is made for them, and few, so that plans are. */
const windows = [25, 100, 1000] as const;

const start = {
  asc: { created_at: '-infinity', id: '00000000-0000-0000-0000-000000000000' },
  desc: { created_at: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' },
} as const;

export const documentSql = (nulls: RenderOptions['nullAttributes']): string =>
  nulls === 'omit' ? 'i.document' : "left(i.document, -1) || i.unset || '}'";

// Each principal gives its own first rows by its index, so the page costs the same whatever the number of images; the
// documents are looked up one by one, so that no plan ever reads the whole table for them. Aggregates take the page's rows
// in its order; a page that is not full has no last.
const pageSql = (direction: Direction, window: number, nulls: RenderOptions['nullAttributes']) => `
WITH page AS (
  SELECT v.created_at, v.id
  FROM unnest($1::text[]) AS p (principal)
  CROSS JOIN LATERAL (
    SELECT created_at, id FROM visible_images
    WHERE principal = p.principal AND os_hidden = $2 AND (created_at, id) ${comparison(direction)} ($3::timestamptz, $4::uuid)
    ORDER BY created_at ${direction}, id ${direction} LIMIT ${window}
  ) v
  GROUP BY v.created_at, v.id ORDER BY v.created_at ${direction}, v.id ${direction} LIMIT $5
)
SELECT string_agg((SELECT ${documentSql(nulls)} FROM images i WHERE i.id = p.id), ',') AS documents,
  count(*)::int AS count, (array_agg(p.id))[$5] AS last
FROM page p`;

/** A page without filters in the order of creation: one prepared statement. */
export async function pageByCreation(
  sql: SqlExecutor,
  ask: {
    readonly principals: readonly string[];
    readonly hidden: boolean;
    readonly direction: Direction;
    readonly marker: Marker | null;
    readonly limit: number;
    readonly nulls: RenderOptions['nullAttributes'];
  },
): Promise<Page> {
  const window = windows.find((size) => size >= ask.limit) ?? 1000;
  const after = ask.marker ?? start[ask.direction];
  const { rows } = await sql.query<Row>(
    pageSql(ask.direction, window, ask.nulls),
    [ask.principals, ask.hidden, after.created_at, after.id, ask.limit],
    `list:${ask.nulls}:${ask.direction}:${window}`,
  );
  return pageOf(rows[0]);
}

export const pageOf = (row: Row | undefined): Page => ({
  documents: row?.documents ?? '',
  count: row?.count ?? 0,
  last: row?.last ?? null,
});
