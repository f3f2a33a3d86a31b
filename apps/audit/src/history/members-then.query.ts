import type { SqlExecutor } from '@cloud-images/event-store';
import type { MemberStatus } from '@cloud-images/image-model';

export interface MemberThen {
  readonly member_id: string;
  readonly status: MemberStatus;
  readonly created_at: string;
  readonly updated_at: string;
}

const utc = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ${column === 'valid_from' ? 'updated_at' : column}`;

/** With whom the image was shared at that moment, and what they had answered; in the order in which they became members. */
export async function membersThen(sql: SqlExecutor, image: string, moment: string): Promise<MemberThen[]> {
  const { rows } = await sql.query<MemberThen>(
    `SELECT member_id, status, ${utc('created_at')}, ${utc('valid_from')} FROM history.members
      WHERE image_id = $1 AND valid_from <= $2::timestamptz AND valid_to > $2::timestamptz
      ORDER BY created_at, member_id`,
    [image, moment],
    'members-then',
  );
  return rows;
}
