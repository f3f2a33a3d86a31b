import type { SqlExecutor } from '@cloud-images/event-store';
import { sizeClassesSql } from './size-classes.js';

/** What lists are sorted by, beside name and time, and filtered by without a look at each image. */
export const indexesOfOrders = [
  'CREATE INDEX images_by_size ON images ((coalesce(size, -1)), created_at, id) WHERE listed',
  'CREATE INDEX images_by_status ON images (status, created_at, id) WHERE listed',
  `CREATE INDEX images_by_disk_format
  ON images ((disk_format IS NOT NULL), (coalesce(disk_format, '')), created_at, id) WHERE listed`,
  `CREATE INDEX images_by_container_format
  ON images ((container_format IS NOT NULL), (coalesce(container_format, '')), created_at, id) WHERE listed`,
];

export const facetedImagesTable = `
CREATE TABLE faceted_images (
  facet bigint NOT NULL,
  created_at timestamptz NOT NULL,
  id uuid NOT NULL,
  PRIMARY KEY (facet, created_at, id)
)`;

export const sizedImagesTable = `
CREATE TABLE sized_images (
  class integer NOT NULL,
  created_at timestamptz NOT NULL,
  id uuid NOT NULL,
  size bigint NOT NULL,
  PRIMARY KEY (class, created_at, id) INCLUDE (size)
)`;

/**
 * What keeps `sized_images`, whoever writes an image: in the schema that comes first in the search path. A rebuild, during
 * which no trigger runs, fills it itself.
 */
export const sizesFollow = [
  `CREATE OR REPLACE FUNCTION place_size() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM sized_images s
    WHERE s.class = ANY (${sizeClassesSql('OLD.size')}) AND s.created_at = OLD.created_at AND s.id = OLD.id;
  END IF;
  IF NEW.listed AND NEW.size IS NOT NULL THEN
    INSERT INTO sized_images (class, created_at, id, size)
    SELECT unnest(${sizeClassesSql('NEW.size')}), NEW.created_at, NEW.id, NEW.size ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$`,
  `CREATE OR REPLACE TRIGGER place_new_size AFTER INSERT ON images
FOR EACH ROW WHEN (NEW.listed AND NEW.size IS NOT NULL) EXECUTE FUNCTION place_size()`,
  `CREATE OR REPLACE TRIGGER place_other_size AFTER UPDATE OF size, listed ON images
FOR EACH ROW WHEN (OLD.size IS DISTINCT FROM NEW.size OR OLD.listed <> NEW.listed) EXECUTE FUNCTION place_size()`,
];

/**
 * The catalog's read model, made in the schema that comes first in the search path: the live one, or the one that a
 * rebuild fills beside it.
 *
 * - `images`: one row per image that ever was; deleted ones stay as tombstones (markers, `?deleted=true`).
 * - `visible_images`: a row per image and principal that may list it, in the order of the default list:
 *   `public`, `community`, `operator` (what an admin lists by default), `owner:<project>`, `share:<project>:<status>`,
 *   and for deleted images `removed`, `removed:<project>`.
 * - `faceted_images`: a row per listed image and hash of what it can be found by exactly (tags, properties, digests), in
 *   the order of the default list.
 * - `sized_images`: a row per listed image with a size and class of sizes (`size-classes.ts`), in that order too.
 * - `image_members`: foreign facts, of images known or not.
 */
const tables = `
CREATE TABLE images (
  id uuid PRIMARY KEY,
  version integer NOT NULL,
  document text NOT NULL,
  unset text NOT NULL,
  locator text,
  owner text,
  visibility text NOT NULL,
  status text COLLATE "C" NOT NULL,
  listed boolean NOT NULL,
  os_hidden boolean NOT NULL,
  name text COLLATE "C",
  container_format text COLLATE "C",
  disk_format text COLLATE "C",
  size bigint,
  virtual_size bigint,
  min_disk integer NOT NULL,
  min_ram integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX images_by_name ON images ((name IS NOT NULL), (coalesce(name, '')), created_at, id) WHERE listed;
CREATE INDEX images_by_update ON images (updated_at, created_at, id) WHERE listed;
${indexesOfOrders.join(';\n')};

CREATE TABLE visible_images (
  principal text COLLATE "C" NOT NULL,
  os_hidden boolean NOT NULL,
  created_at timestamptz NOT NULL,
  id uuid NOT NULL,
  PRIMARY KEY (principal, os_hidden, created_at, id)
);

${facetedImagesTable};
${sizedImagesTable};

CREATE TABLE image_members (
  image_id uuid NOT NULL,
  member_id text COLLATE "C" NOT NULL,
  status text NOT NULL,
  PRIMARY KEY (image_id, member_id)
);
`;

/** Table → its key: what a rebuild compares, row for row. */
export const readModelTables = {
  images: ['id'],
  visible_images: ['principal', 'os_hidden', 'created_at', 'id'],
  faceted_images: ['facet', 'created_at', 'id'],
  sized_images: ['class', 'created_at', 'id'],
  image_members: ['image_id', 'member_id'],
} as const;

export async function createReadModel(sql: SqlExecutor): Promise<void> {
  for (const statement of tables.split(';')) {
    if (statement.trim() !== '') await sql.query(statement);
  }
  for (const statement of sizesFollow) await sql.query(statement);
}
