import type { Identity } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { type MemberStatus, relationTo, type RenderOptions, type Visibility } from '@cloud-images/image-model';
import { filteredPage } from './filtered-page.query.js';
import { unknownMarker, type ListQuery } from './list-query.js';
import { isByCreation, type Marker } from './ordering.js';
import { pageByCreation, type Page } from './page-by-creation.query.js';
import { callerOf, principalsFor } from './scope.js';

const markerSql = `
SELECT i.id, i.created_at::text AS created_at, i.updated_at::text AS updated_at, i.name, i.status, i.container_format,
  i.disk_format, i.size::text AS size, i.owner, i.visibility, m.status AS member
FROM images i LEFT JOIN image_members m ON m.image_id = i.id AND m.member_id = $2
WHERE i.id = $1`;

type MarkerRow = Marker & { owner: string | null; visibility: Visibility; member: MemberStatus | null };

export const emptyPage: Page = { documents: '', count: 0, last: null };

/** The images of one page, by the rules of the list (facts 1.7). */
export async function listImages(
  sql: SqlExecutor,
  identity: Identity,
  query: ListQuery,
  { nullAttributes }: RenderOptions,
): Promise<Page> {
  const marker = query.marker === null ? null : await findMarker(sql, identity, query.marker);
  const caller = callerOf(identity);
  const principals = principalsFor(caller, query);
  if (query.limit === 0 || principals.length === 0) return emptyPage;
  if (isPlain(query)) {
    const { hidden, limit, sort } = query;
    const direction = sort[0]?.direction ?? 'desc';
    return pageByCreation(sql, { principals, hidden, limit, direction, marker, nulls: nullAttributes });
  }
  return filteredPage(sql, { caller, principals, query, marker, nulls: nullAttributes });
}

/** Whether the principals alone say which images are listed, in the order that their rows have. */
const isPlain = ({ filters, visibility, sort }: ListQuery): boolean =>
  filters.length === 0 && visibility !== 'private' && visibility !== 'shared' && isByCreation(sort);

/** A marker is any image that the caller can see by its id, or could until it was deleted. */
async function findMarker(sql: SqlExecutor, identity: Identity, id: string): Promise<Marker> {
  const { rows } = await sql.query<MarkerRow>(markerSql, [id, identity.project ?? ''], 'list:marker');
  const [row] = rows;
  if (row === undefined || relationTo(identity, row, row.member) === null) throw unknownMarker();
  return row;
}
