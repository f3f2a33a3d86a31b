import { Refusal } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { stillThere, type FoundSegment, type Segment } from './manifest.js';
import { alive, type ObjectPath } from './objects.query.js';

/** What lies under each of these names, in their order. */
export async function findSegments(
  sql: SqlExecutor,
  project: string,
  named: readonly { readonly container: string; readonly name: string }[],
): Promise<(FoundSegment | null)[]> {
  const { rows } = await sql.query<{ key: string | null; size: string; md5: string; segmented: boolean }>(
    `SELECT d.key, o.size, o.md5, o.manifest IS NOT NULL AS segmented
     FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS named (container, name, nth)
     LEFT JOIN cloud_files.objects o
       ON o.project = $1 AND o.container = named.container AND o.name = named.name AND ${alive}
     LEFT JOIN cloud_files.data d USING (attempt)
     ORDER BY named.nth`,
    [project, named.map(({ container }) => container), named.map(({ name }) => name)],
  );
  return rows.map(({ key, size, md5, segmented }) =>
    key === null ? null : { key, md5, segmented, size: Number(size) },
  );
}

/** Null when the object is not, or no more, made of segments. */
export async function manifestOf(sql: SqlExecutor, path: ObjectPath): Promise<Segment[] | null> {
  const { rows } = await sql.query<{ manifest: Segment[] | null }>(
    `SELECT o.manifest FROM cloud_files.objects o
     WHERE o.project = $1 AND o.container = $2 AND o.name = $3 AND ${alive}`,
    [path.project, path.container, path.name],
  );
  return rows[0]?.manifest ?? null;
}

/** Where the data of an object made of segments is. Throws `Refusal` when a segment is gone or is another one now. */
export async function partsOf(sql: SqlExecutor, path: ObjectPath): Promise<{ key: string; size: number }[]> {
  const segments = (await manifestOf(sql, path)) ?? [];
  const parts = stillThere(segments, await findSegments(sql, path.project, segments));
  if (parts !== null && parts.length > 0) return parts;
  throw new Refusal('segment-changed', 'A segment of the object is not there any more, or is another one now.');
}
