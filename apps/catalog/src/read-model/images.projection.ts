import type { BlobLocator, ImageEvent } from '@cloud-images/contracts';
import type { FoldedStream, RebuildableProjection, SqlExecutor, StreamChange } from '@cloud-images/event-store';
import { type Image, type ImageState, isListed, isShared, principalsOf, renderParts } from '@cloud-images/image-model';
import { facetsDiffer, facetsOf } from './facets.js';
import { sizeClassesSql } from './size-classes.js';

type Change = StreamChange<ImageState, ImageEvent>;

// Every row follows from the state after the change and the members alone, so that a rebuild, which folds many events
// at once, ends with equal rows.
const typeOf = {
  id: 'uuid',
  version: 'integer',
  document: 'text',
  unset: 'text',
  locator: 'text',
  owner: 'text',
  visibility: 'text',
  status: 'text',
  listed: 'boolean',
  os_hidden: 'boolean',
  name: 'text',
  container_format: 'text',
  disk_format: 'text',
  size: 'bigint',
  virtual_size: 'bigint',
  min_disk: 'integer',
  min_ram: 'integer',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
} as const;
const columns = Object.keys(typeOf);
const placeholders = columns.map((_, i) => `$${i + 1}`);
const N = columns.length;

const shares = (from: string) =>
  `SELECT 'share:' || member_id || ':' || status FROM image_members WHERE image_id = $1 AND ${from}`;

const insertImage = `
WITH document AS (
  INSERT INTO images (${columns.join(', ')}) VALUES (${placeholders.join(', ')})
), facets AS (
  INSERT INTO faceted_images (facet, created_at, id) SELECT unnest($${N + 2}::bigint[]), $18, $1
)
INSERT INTO visible_images (principal, os_hidden, created_at, id)
SELECT principal, $10, $18, $1
FROM (SELECT unnest($${N + 1}::text[]) UNION ALL ${shares(`$${N + 3}`)}) AS new (principal)`;

const updateImage = `
UPDATE images SET ${columns
  .slice(1)
  .map((column, i) => `${column} = $${i + 2}`)
  .join(', ')}
WHERE id = $1`;

// A member's answer may be landing at this moment: with the document locked, the next statement sees all or none of it.
const lockImage = 'SELECT 1 FROM images WHERE id = $1 FOR UPDATE';

// What leaves and what comes never share a key, so the order in which the two parts run does not matter.
const moveVisibility = `
WITH gone AS (
  DELETE FROM visible_images v
  USING (SELECT unnest($2::text[]) UNION ALL ${shares('$3')}) AS old (principal)
  WHERE v.principal = old.principal AND v.os_hidden = $4 AND v.created_at = $8 AND v.id = $1
)
INSERT INTO visible_images (principal, os_hidden, created_at, id)
SELECT principal, $7, $8, $1
FROM (SELECT unnest($5::text[]) UNION ALL ${shares('$6')}) AS new (principal)`;

// As above: no facet both leaves and comes. One may be there already, of a service of another landing (migration 9).
const moveFacets = `
WITH gone AS (
  DELETE FROM faceted_images WHERE facet = ANY ($2::bigint[]) AND created_at = $4 AND id = $1
)
INSERT INTO faceted_images (facet, created_at, id) SELECT unnest($3::bigint[]), $4::timestamptz, $1::uuid
ON CONFLICT DO NOTHING`;

// Of each image its facets and principals too: its other columns are passed once, not with each of them.
const filledTypes = { ...typeOf, document: 'lines', locator: 'lines', facets: 'lines', principals: 'lines' };
// JSON has no line breaks: as lines it needs none of the escapes that an array does, of which it would be full.
const givenAs = (type: string, i: number): string =>
  type === 'lines' ? `string_to_array($${i + 1}, E'\\n', '')` : `$${i + 1}::${type}[]`;
const fillImages = `
WITH filled AS MATERIALIZED (
  SELECT * FROM unnest(${Object.values(filledTypes).map(givenAs).join(', ')})
    AS given (${Object.keys(filledTypes).join(', ')})
), documents AS (
  INSERT INTO images (${columns.join(', ')}) SELECT ${columns.join(', ')} FROM filled
), facets AS (
  INSERT INTO faceted_images (facet, created_at, id)
  SELECT unnest(facets::bigint[]), created_at, id FROM filled
), sizes AS (
  INSERT INTO sized_images (class, created_at, id, size)
  SELECT unnest(${sizeClassesSql('size')}), created_at, id, size FROM filled WHERE listed AND size IS NOT NULL
)
INSERT INTO visible_images (principal, os_hidden, created_at, id)
SELECT jsonb_array_elements_text(principals::jsonb), os_hidden, created_at, id FROM filled`;

/**
 * What lists and single reads of images are served from; runs inside the command's transaction. Nothing is awaited: the
 * statements travel with the append and the commit in one round trip, and the commit waits for all of them.
 */
export const imagesProjection: RebuildableProjection<ImageState, ImageEvent> = {
  name: 'catalog.images.v1',
  async apply(sql, change) {
    const { before } = change;
    const after = existing({ ...change, state: change.after });
    const row = rowOf(after, change.version);
    if (before.exists) {
      reveal(sql, before, after);
      void sql.query(updateImage, row, 'images:update');
      refacet(sql, before, after);
    } else {
      void sql.query(insertImage, [...row, principalsOf(after), facetsOf(after), isShared(after)], 'images:insert');
    }
  },
  async fill(sql, streams) {
    const images = streams.map(existing);
    const rows = images.map((image, at) => [
      ...rowOf(image, streams[at]?.version ?? 0),
      `{${facetsOf(image).join(',')}}`,
      JSON.stringify(principalsOf(image)),
    ]);
    const values = Object.values(filledTypes).map((type, at) => {
      const column = rows.map((row) => row[at]);
      return type === 'lines' ? column.join('\n') : column;
    });
    void sql.query(fillImages, values, 'images:fill');
  },
};

function existing({ stream, state }: FoldedStream<ImageState>): Image {
  if (!state.exists) throw new Error(`${stream} changed and does not exist`);
  return state;
}

/** Brings the lists up to date, the lock first; nothing to do when no list can differ. */
function reveal(sql: SqlExecutor, before: Image, after: Image): void {
  const moved = before.os_hidden !== after.os_hidden;
  const old = principalsOf(before);
  const now = principalsOf(after);
  const gone = moved ? old : old.filter((principal) => !now.includes(principal));
  const come = moved ? now : now.filter((principal) => !old.includes(principal));
  const sharing = moved || isShared(before) !== isShared(after);
  if (gone.length === 0 && come.length === 0 && !sharing) return;
  const id = keyOf(after);
  void sql.query(lockImage, [id], 'images:lock');
  void sql.query(
    moveVisibility,
    [
      id,
      gone,
      sharing && isShared(before),
      before.os_hidden,
      come,
      sharing && isShared(after),
      after.os_hidden,
      after.created_at,
    ],
    'images:move',
  );
}

function refacet(sql: SqlExecutor, before: Image, after: Image): void {
  if (!facetsDiffer(before, after)) return;
  const [old, now] = [facetsOf(before), facetsOf(after)];
  const gone = old.filter((facet) => !now.includes(facet));
  const come = now.filter((facet) => !old.includes(facet));
  if (gone.length + come.length === 0) return;
  void sql.query(moveFacets, [keyOf(after), gone, come, after.created_at], 'images:facets');
}

const keyOf = (image: Image): string => image.id.toLowerCase();

function rowOf(image: Image, version: Change['version']): unknown[] {
  const { document, unset } = renderParts(image);
  return [
    keyOf(image),
    version,
    document,
    unset,
    locatorOf(image),
    image.owner,
    image.visibility,
    image.status,
    isListed(image.status),
    image.os_hidden,
    image.name,
    image.container_format,
    image.disk_format,
    image.data?.size ?? null,
    image.data?.virtual_size ?? null,
    image.min_disk,
    image.min_ram,
    image.created_at,
    image.updated_at,
  ];
}

function locatorOf(image: Image): string | null {
  if (image.data === null) return null;
  const { key, size, checksum, os_hash_algo, os_hash_value } = image.data;
  return JSON.stringify({
    image_id: image.id,
    key,
    size,
    checksum,
    os_hash_algo,
    os_hash_value,
  } satisfies BlobLocator);
}
