import { sizeClassesSql } from '../read-model/size-classes.js';
import { createMigratedDatabase, type MigratedDatabase } from './testing/migrated-database.js';

const id = (n: number) => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`;

// As the read model was before, with more images than one step places: some without a size, some not listed.
const asBefore = `
DROP TABLE read_model.sized_images;
DROP FUNCTION read_model.place_size() CASCADE;
INSERT INTO read_model.images (id, version, document, unset, visibility, status, listed, os_hidden, size, min_disk, min_ram, created_at, updated_at)
SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 1, '{}', '', 'shared', 'active', n % 5 > 0, false,
  CASE WHEN n % 3 > 0 THEN n::bigint * n * n * 1000 END, 0, 0, '2026-01-01'::timestamptz + n * interval '1 s', now()
FROM generate_series(1, 2500) n;
DELETE FROM schema_migrations WHERE name LIKE 'SizesInOrder%'`;

describe('sizes of a read model that had no classes of them', () => {
  let database: MigratedDatabase;
  let sql: MigratedDatabase['sql'];
  /** What is placed and should not be, or should be and is not. */
  const differing = async () => {
    const wanted = `SELECT unnest(${sizeClassesSql('size')}) AS class, created_at, id, size FROM read_model.images
      WHERE listed AND size IS NOT NULL`;
    const there = 'SELECT class, created_at, id, size FROM read_model.sized_images';
    const { rows } = await sql.query(`(${wanted} EXCEPT ${there}) UNION ALL (${there} EXCEPT ${wanted})`);
    return rows as unknown[];
  };
  const placed = async (n: number) => {
    const { rows } = await sql.query<{ size: string }>('SELECT size FROM read_model.sized_images WHERE id = $1', [
      id(n),
    ]);
    return rows.map(({ size }) => Number(size));
  };

  beforeAll(async () => {
    database = await createMigratedDatabase('sizes');
    ({ sql } = database);
    await sql.query(asBefore);
  }, 60_000);
  afterAll(() => database.drop());

  it('are placed, also when an earlier try was broken off', async () => {
    expect(await database.migrate()).toEqual(['SizesInOrder1764000000010']);
    expect(await placed(1)).toEqual([1000, 1000, 1000, 1000]);
    expect(await differing()).toEqual([]);
    await sql.query(`DELETE FROM read_model.sized_images WHERE id > '${id(1500)}';
      DELETE FROM schema_migrations WHERE name LIKE 'SizesInOrder%'`);
    expect(await database.migrate()).toEqual(['SizesInOrder1764000000010']);
    expect(await differing()).toEqual([]);
  });

  it('follow whoever writes an image', async () => {
    await sql.query(`SET ROLE ${database.role}; SET search_path = read_model, public`);
    await sql.query('UPDATE images SET size = 7 WHERE id = $1', [id(1)]);
    await sql.query('UPDATE images SET listed = false WHERE id = $1', [id(2)]);
    await sql.query('UPDATE images SET size = 0, listed = true WHERE id = $1', [id(15)]);
    await sql.query('UPDATE images SET size = NULL WHERE id = $1', [id(4)]);
    await sql.query('UPDATE images SET name = $2, size = size, listed = listed WHERE id = $1', [id(7), 'same']);
    await sql.query(
      `INSERT INTO images (id, version, document, unset, visibility, status, listed, os_hidden, size, min_disk, min_ram, created_at, updated_at)
       SELECT id, 1, '{}', '', 'shared', 'active', true, false, size, 0, 0, now(), now()
       FROM (VALUES ($1::uuid, 9223372036854775807), ($2::uuid, NULL)) v (id, size)`,
      [id(3000), id(3001)],
    );
    await sql.query('RESET ROLE; RESET search_path');
    expect([await placed(1), await placed(2), await placed(15), await placed(4)]).toEqual([
      [7, 7, 7, 7],
      [],
      [0, 0, 0, 0],
      [],
    ]);
    expect([(await placed(7)).length, (await placed(3000)).length, await placed(3001)]).toEqual([4, 4, []]);
    expect(await differing()).toEqual([]);
  });
});
