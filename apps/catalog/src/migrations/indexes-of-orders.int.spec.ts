import { createMigratedDatabase, type MigratedDatabase } from './testing/migrated-database.js';

const names = ['images_by_container_format', 'images_by_disk_format', 'images_by_size', 'images_by_status'];

describe('indexes for a read model that was made without them', () => {
  let database: MigratedDatabase;
  let sql: MigratedDatabase['sql'];
  beforeAll(async () => {
    database = await createMigratedDatabase('orders');
    ({ sql } = database);
  }, 60_000);
  afterAll(() => database.drop());

  const valid = async () => {
    const { rows } = await sql.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       WHERE i.indrelid = 'read_model.images'::regclass AND i.indisvalid AND c.relname = ANY ($1) ORDER BY 1`,
      [names],
    );
    return rows.map(({ name }) => name);
  };

  it('a new read model has them from its beginning', async () => {
    expect(await valid()).toEqual(names);
  });

  it('are made where none is, and where an interrupted build left one that is not valid', async () => {
    for (const name of names.slice(1)) await sql.query(`DROP INDEX read_model.${name}`);
    await sql.query('UPDATE pg_index SET indisvalid = false WHERE indexrelid = $1::regclass', [
      `read_model.${names[0]}`,
    ]);
    await sql.query(`DELETE FROM schema_migrations WHERE name LIKE 'OrdersHaveIndexes%'`);
    expect(await valid()).toEqual([]);
    expect(await database.migrate()).toEqual(['OrdersHaveIndexes1764000000008']);
    expect(await valid()).toEqual(names);
  });
});
