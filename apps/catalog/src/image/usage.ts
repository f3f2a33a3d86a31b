import type { ImageEvent } from '@cloud-images/contracts';
import type { Projection, SqlExecutor } from '@cloud-images/event-store';
import type { Image, ImageState } from '@cloud-images/image-model';

/** `holding`: statuses in which what was announced counts; `receiving`: in which data is on its way. */
const countUsage = (holding: string, receiving: string) => `
-- Nobody writes the read model meanwhile: its writers hold this lock in the shared form until they have committed.
CREATE OR REPLACE FUNCTION log.count_usage(in_lock bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(in_lock);
  IF (SELECT counted FROM log.usage_state) THEN
    RETURN;
  END IF;
  DELETE FROM log.project_usage;
  INSERT INTO log.project_usage (project, slot, images, bytes, uploads)
  SELECT i.owner, 0, count(*) FILTER (WHERE i.status <> 'deleted'),
         coalesce(sum(i.size), 0)
           + coalesce(sum(CASE WHEN i.status IN (${holding}) THEN l.alive WHEN i.status = 'deleted' THEN l.leaving END), 0),
         count(*) FILTER (WHERE i.status IN (${receiving}))
    FROM images i
    LEFT JOIN (
      SELECT image_id, sum(reserved) FILTER (WHERE lease_until IS NOT NULL) AS alive,
             sum(reserved) FILTER (WHERE remove_after IS NOT NULL) AS leaving
        FROM log.upload_leases WHERE lease_until IS NOT NULL OR remove_after IS NOT NULL GROUP BY image_id
    ) l ON l.image_id = i.id
   WHERE i.owner IS NOT NULL GROUP BY i.owner;
  UPDATE log.usage_state SET counted = true;
END $$;
`;

// What each project has: counters beside the log, moved in the transaction of the event that moves them. A project's
// counters are spread over some rows, by connection, so that its writers do not wait for each other; a sum reads them all.
// They are kept only while some limit needs them; `log.count_usage` counts anew what happened before.
export const usageTables = `
CREATE TABLE log.project_usage (
  project text COLLATE "C" NOT NULL,
  slot smallint NOT NULL,
  images bigint NOT NULL,
  bytes bigint NOT NULL,
  uploads bigint NOT NULL,
  PRIMARY KEY (project, slot)
) WITH (fillfactor = 50);

CREATE TABLE log.usage_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  counted boolean NOT NULL
);
INSERT INTO log.usage_state (counted) VALUES (false);

${countUsage("'saving'", "'saving'")}`;

/** Migration 7: what is staged, and what an import brings, counts too. */
export const countImportsToo = countUsage("'saving', 'uploading', 'importing'", "'saving', 'importing'");

export interface Usage {
  readonly images: number;
  /** Stored, being uploaded with an announced length, and not yet removed of images that are gone. */
  readonly bytes: number;
  readonly uploads: number;
}

const nothing: Usage = { images: 0, bytes: 0, uploads: 0 };

/** What one image adds to its owner's usage. */
export function usageOf(image: ImageState): Usage {
  if (!image.exists) return nothing;
  return {
    images: image.status === 'deleted' ? 0 : 1,
    bytes: (image.data?.size ?? 0) + (image.upload?.reserved ?? 0) + (image.cutOff?.reserved ?? 0),
    // What lies ready for an import is on its way no more.
    uploads: image.upload === null || image.status === 'uploading' ? 0 : 1,
  };
}

const add = `
INSERT INTO project_usage AS u (project, slot, images, bytes, uploads)
VALUES ($1, pg_backend_pid() % 32, $2, $3, $4)
ON CONFLICT (project, slot) DO UPDATE
SET images = u.images + excluded.images, bytes = u.bytes + excluded.bytes, uploads = u.uploads + excluded.uploads`;

/** Moves the counters with the events; not part of the read model, and of no rebuild. */
export const usageProjection: Projection<ImageState, ImageEvent> = {
  name: 'catalog.usage.v1',
  async apply(sql, { before, after }) {
    const moved = new Map<string, Usage>();
    const move = (state: ImageState, sign: 1 | -1) => {
      if (!state.exists || state.owner === null) return;
      const { images, bytes, uploads } = usageOf(state);
      const sum = moved.get(state.owner) ?? nothing;
      moved.set(state.owner, {
        images: sum.images + sign * images,
        bytes: sum.bytes + sign * bytes,
        uploads: sum.uploads + sign * uploads,
      });
    };
    move(before, -1);
    move(after, 1);
    // In one order everywhere, or two that move images to and fro could wait for each other.
    for (const [project, by] of [...moved].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (by.images === 0 && by.bytes === 0 && by.uploads === 0) continue;
      void sql.query(add, [project, by.images, by.bytes, by.uploads], 'usage:add');
    }
  },
};

const sums = `coalesce(sum(u.images), 0)::float8 AS images, coalesce(sum(u.bytes), 0)::float8 AS bytes,
  coalesce(sum(u.uploads), 0)::float8 AS uploads`;

export async function usageOfProject(sql: SqlExecutor, project: string): Promise<Usage> {
  const { rows } = await sql.query<{ images: number; bytes: number; uploads: number }>(
    `SELECT ${sums} FROM project_usage u WHERE project = $1`,
    [project],
    'usage:of-project',
  );
  return rows[0] ?? nothing;
}

export interface OwnersUsage extends Usage {
  readonly owner: Image['owner'];
}

/** What the owner of an image has; undefined when there is no such image. */
export async function usageOfOwner(sql: SqlExecutor, imageId: string): Promise<OwnersUsage | undefined> {
  const { rows } = await sql.query<{ owner: string | null; images: number; bytes: number; uploads: number }>(
    `SELECT i.owner, ${sums} FROM images i LEFT JOIN project_usage u ON u.project = i.owner
     WHERE i.id = $1 GROUP BY i.owner`,
    [imageId],
    'usage:of-owner',
  );
  return rows[0];
}

/** From now on the counters are right, and kept; or they are not kept, and will have to be counted anew. */
export async function keepUsage(sql: SqlExecutor, keep: boolean, rebuildLock: number): Promise<void> {
  if (keep) await sql.query('SELECT log.count_usage($1)', [rebuildLock]);
  else await sql.query('UPDATE usage_state SET counted = false WHERE counted');
}
