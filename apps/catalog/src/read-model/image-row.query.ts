import { imageNotFound, type Identity, type Relation, type Standing } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import {
  canSeeDeleted,
  type ImageStatus,
  isDeleted,
  type MemberStatus,
  relationTo,
  type Visibility,
} from '@cloud-images/image-model';

export interface ImageRow {
  /** Lowercase. */
  readonly id: string;
  readonly version: number;
  readonly document: string;
  readonly unset: string;
  /** JSON `BlobLocator`; null while there is no data. */
  readonly locator: string | null;
  readonly owner: string | null;
  readonly visibility: Visibility;
  readonly status: ImageStatus;
  /** The answer of the caller's project, when it is a member. */
  readonly member: MemberStatus | null;
}

const rowSql = `
SELECT i.id, i.version, i.document, i.unset, i.locator, i.owner, i.visibility, i.status, m.status AS member
FROM images i LEFT JOIN image_members m ON m.image_id = i.id AND m.member_id = $2
WHERE i.id = $1`;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export interface SeenImage {
  readonly row: ImageRow;
  /** null: the caller may not see it, and must not learn that it is there. */
  readonly relation: Relation | null;
}

/** One image and how the caller stands to it, in one prepared statement; 404 for an id that never was. */
export async function readImage(sql: SqlExecutor, identity: Identity, id: string): Promise<SeenImage> {
  if (!uuid.test(id)) throw imageNotFound();
  const { rows } = await sql.query<ImageRow>(rowSql, [id, identity.project ?? ''], 'image:row');
  const [row] = rows;
  if (row === undefined) throw imageNotFound();
  return { row, relation: relationTo(identity, row, row.member) };
}

/** A deleted image is gone, unless it is asked for by someone who may still see it. */
export function relationNow({ row, relation }: SeenImage, deletedToo: boolean): Standing {
  if (!isDeleted(row.status)) return relation ?? 'hidden';
  return deletedToo && canSeeDeleted(relation) ? relation : null;
}
