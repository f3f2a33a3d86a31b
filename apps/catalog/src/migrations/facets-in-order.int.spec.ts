import { createMigratedDatabase, type MigratedDatabase } from './testing/migrated-database.js';

const id = (n: number) => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`;

// As the read model was before, with more images than one step moves.
const asBefore = (role: string) => `
DROP TABLE read_model.faceted_images;
CREATE TABLE read_model.image_facets (id uuid PRIMARY KEY, facets bigint[] NOT NULL);
GRANT SELECT, INSERT, UPDATE, DELETE ON read_model.image_facets TO ${role};
INSERT INTO read_model.images (id, version, document, unset, visibility, status, listed, os_hidden, min_disk, min_ram, created_at, updated_at)
SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 1, '{}', '', 'shared', 'queued', true, false, 0, 0,
  '2026-01-01'::timestamptz + n * interval '1 s', now()
FROM generate_series(1, 2500) n;
INSERT INTO read_model.image_facets SELECT id, ARRAY[7, extract(epoch FROM created_at)::bigint] FROM read_model.images;
DELETE FROM schema_migrations WHERE name LIKE 'FacetsInOrder%'`;

describe('facets of a read model that had them in one row for each image', () => {
  let database: MigratedDatabase;
  let sql: MigratedDatabase['sql'];
  /** What is in one of the tables and not in the other. */
  const differing = async () => {
    const old = `SELECT unnest(f.facets), i.created_at, i.id FROM read_model.image_facets f JOIN read_model.images i USING (id)`;
    const now = 'SELECT facet, created_at, id FROM read_model.faceted_images';
    const { rows } = await sql.query(`(${old} EXCEPT ${now}) UNION ALL (${now} EXCEPT ${old})`);
    return rows as unknown[];
  };
  const countOf = async (facet: number) => {
    const { rows } = await sql.query<{ count: number }>(
      'SELECT count(*)::int FROM read_model.faceted_images WHERE facet = $1',
      [facet],
    );
    return rows[0]?.count;
  };

  beforeAll(async () => {
    database = await createMigratedDatabase('facets');
    ({ sql } = database);
    await sql.query(asBefore(database.role));
  }, 60_000);
  afterAll(() => database.drop());

  it('get a row each, also when an earlier try was broken off', async () => {
    expect(await database.migrate()).toEqual(['FacetsInOrder1764000000009']);
    expect(await countOf(7)).toBe(2500);
    expect(await differing()).toEqual([]);
    await sql.query(`DELETE FROM read_model.faceted_images WHERE id > '${id(1500)}';
      DELETE FROM schema_migrations WHERE name LIKE 'FacetsInOrder%'`);
    expect(await database.migrate()).toEqual(['FacetsInOrder1764000000009']);
    expect(await differing()).toEqual([]);
  });

  it('follow what a service of before still writes', async () => {
    await sql.query(`SET ROLE ${database.role}`);
    await sql.query('UPDATE read_model.image_facets SET facets = $2 WHERE id = $1', [id(1), [8, 9]]);
    await sql.query('DELETE FROM read_model.image_facets WHERE id = $1', [id(2)]);
    await sql.query(
      `WITH made AS (
         INSERT INTO read_model.images (id, version, document, unset, visibility, status, listed, os_hidden, min_disk,
           min_ram, created_at, updated_at)
         VALUES ($1, 1, '{}', '', 'shared', 'queued', true, false, 0, 0, now(), now()))
       INSERT INTO read_model.image_facets VALUES ($1, '{7, 10}')`,
      [id(3000)],
    );
    await sql.query('RESET ROLE');
    expect([await countOf(7), await countOf(8), await countOf(10)]).toEqual([2499, 1, 1]);
    expect(await differing()).toEqual([]);
  });
});
