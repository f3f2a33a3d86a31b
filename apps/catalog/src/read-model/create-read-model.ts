import type { SqlExecutor } from '@cloud-images/event-store';
import { sizeClassSql, sizeLevels } from './size-classes.js';

/** What lists are sorted by, beside name and time, and filtered by without a look at each image. */
export const indexesOfOrders = [
  'CREATE INDEX images_by_size ON images ((coalesce(size, -1)), created_at, id) WHERE listed',
  'CREATE INDEX images_by_status ON images (status, created_at, id) WHERE listed',
  `CREATE INDEX images_by_disk_format
  ON images ((disk_format IS NOT NULL), (coalesce(disk_format, '')), created_at, id) WHERE listed`,
  `CREATE INDEX images_by_container_format
  ON images ((container_format IS NOT NULL), (coalesce(container_format, '')), created_at, id) WHERE listed`,
];

/** By which the next images of a range of sizes are found. */
export const indexesOfSizeClasses = sizeLevels.map(
  (level) => `CREATE INDEX images_by_size_class_${level}
  ON images (${sizeClassSql[level]}, created_at, id) WHERE listed AND size IS NOT NULL`,
);

export const facetedImagesTable = `
CREATE TABLE faceted_images (
  facet bigint NOT NULL,
  created_at timestamptz NOT NULL,
  id uuid NOT NULL,
  PRIMARY KEY (facet, created_at, id)
)`;

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
${[...indexesOfOrders, ...indexesOfSizeClasses].join(';\n')};

CREATE TABLE visible_images (
  principal text COLLATE "C" NOT NULL,
  os_hidden boolean NOT NULL,
  created_at timestamptz NOT NULL,
  id uuid NOT NULL,
  PRIMARY KEY (principal, os_hidden, created_at, id)
);

${facetedImagesTable};

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
  image_members: ['image_id', 'member_id'],
} as const;

export async function createReadModel(sql: SqlExecutor): Promise<void> {
  for (const statement of tables.split(';')) {
    if (statement.trim() !== '') await sql.query(statement);
  }
}
