import type { ImageEvent } from '@cloud-images/contracts';
import type { Projection, SqlExecutor } from '@cloud-images/event-store';
import { type ImageState, isDeleted } from '@cloud-images/image-model';

// Which images reach their end of life when: a timer's list, written with the events, for the event that says it has come.
export const dueEndsTable = `
CREATE TABLE log.due_ends (
  image_id uuid PRIMARY KEY,
  end_of_life text COLLATE "C" NOT NULL
);
CREATE INDEX due_ends_by_time ON log.due_ends (end_of_life);
`;

/** `YYYY-MM-DDThh:mm:ssZ`; null when the image has none, or is deleted. */
const endOf = (image: ImageState): string | null =>
  image.exists && !isDeleted(image.status) ? (image.properties.get('end_of_life') ?? null) : null;

/** Keeps the list; not part of the read model, and of no rebuild. */
export const dueEndsProjection: Projection<ImageState, ImageEvent> = {
  name: 'catalog.due-ends.v1',
  async apply(sql, { before, after }) {
    const end = endOf(after);
    if (!after.exists || end === endOf(before)) return;
    const id = after.id.toLowerCase();
    if (end === null) void sql.query('DELETE FROM due_ends WHERE image_id = $1', [id]);
    else {
      void sql.query(
        `INSERT INTO due_ends (image_id, end_of_life) VALUES ($1, $2)
         ON CONFLICT (image_id) DO UPDATE SET end_of_life = excluded.end_of_life`,
        [id, end],
      );
    }
  },
};

const now = `to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/** Ids in lowercase. */
export async function dueEnds(sql: SqlExecutor, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ image_id: string }>(
    `SELECT image_id::text AS image_id FROM due_ends WHERE end_of_life <= ${now} ORDER BY end_of_life LIMIT $1`,
    [limit],
  );
  return rows.map(({ image_id }) => image_id);
}

export async function endIsDone(sql: SqlExecutor, imageId: string): Promise<void> {
  await sql.query(`DELETE FROM due_ends WHERE image_id = $1 AND end_of_life <= ${now}`, [imageId]);
}
