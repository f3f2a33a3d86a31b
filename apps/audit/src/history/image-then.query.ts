import type { SqlExecutor } from '@cloud-images/event-store';
import type { ImageStatus, MemberStatus, Visibility } from '@cloud-images/image-model';

/** A moment (RFC 3339), or a version of the image. */
export type When = { readonly time: string } | { readonly version: number };

export interface ImageThen {
  readonly version: number;
  readonly document: string;
  readonly unset: string;
  readonly owner: string | null;
  readonly visibility: Visibility;
  readonly status: ImageStatus;
  /** The asking project's answer then. */
  readonly member: MemberStatus | null;
  /** What the image is now. */
  readonly owner_now: string | null;
  readonly visibility_now: Visibility;
  readonly status_now: ImageStatus;
  readonly member_now: MemberStatus | null;
  /** Where the members are to be looked up: the given moment, or the one at which the version began. */
  readonly moment: string;
}

/** What an image is now. */
export const lastVersion = (
  of: string,
): string => `SELECT l.image_id, l.owner, l.visibility, l.status FROM history.images l
  WHERE l.image_id = ${of}.image_id ORDER BY l.version DESC LIMIT 1`;

const chosen = (where: string, moment: string): string => `
SELECT i.version, i.document, i.unset, i.owner, i.visibility, i.status, m.status AS member,
       n.owner AS owner_now, n.visibility AS visibility_now, n.status AS status_now, mn.status AS member_now,
       to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS moment
  FROM history.images i
  JOIN LATERAL (${lastVersion('i')}) AS n ON true
  LEFT JOIN history.members m ON m.image_id = i.image_id AND m.member_id = $2
    AND m.valid_from <= ${moment} AND m.valid_to > ${moment}
  LEFT JOIN history.members mn ON mn.image_id = i.image_id AND mn.member_id = $2 AND mn.valid_to = 'infinity'
 WHERE i.image_id = $1 AND ${where}`;

const atTime = chosen('i.valid_from <= $3::timestamptz AND i.valid_to > $3::timestamptz', '$3::timestamptz');
const atVersion = chosen('i.version = $3::integer', 'i.valid_from');

/** The image as it was, and how a project stood to it; null when it was not there. */
export async function imageThen(
  sql: SqlExecutor,
  image: string,
  project: string | null,
  when: When,
): Promise<ImageThen | null> {
  const [text, value, name] =
    'time' in when ? [atTime, when.time, 'image-then:time'] : [atVersion, when.version, 'image-then:version'];
  const { rows } = await sql.query<ImageThen>(text, [image, project ?? '', value], name);
  return rows[0] ?? null;
}
