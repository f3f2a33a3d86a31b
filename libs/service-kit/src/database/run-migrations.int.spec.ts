import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { runMigrations } from './run-migrations.js';
import { assertSchemaVersion } from './schema-version.js';

const role = `kit_service_${process.pid}`;

class First1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.query('CREATE TABLE thing (id int)');
  }
  async down() {}
}
class Second1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.query('ALTER TABLE thing ADD COLUMN name text');
  }
  async down() {}
}
class Broken1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.query('CREATE TABLE half (id int)');
    await runner.query('SELECT 1 / 0');
  }
  async down() {}
}

describe('migrations', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await createTestDatabase('service-kit: empty', async () => undefined);
    pool = new pg.Pool({ connectionString: database.url });
    await pool.query(`CREATE ROLE ${role}`);
  });
  afterAll(async () => {
    await pool.query(`DROP OWNED BY ${role}`);
    await pool.query(`DROP ROLE ${role}`);
    await pool.end();
    await database.drop();
  });

  const run = (...migrations: Parameters<typeof runMigrations>[0]['migrations']) =>
    runMigrations({ ownerUrl: database.url, serviceRole: role, migrations, lockTimeoutMs: 1_000 });

  it('given a database without any, a service that needs one refuses it', async () => {
    await expect(assertSchemaVersion(pool, [First1700000000001])).rejects.toThrow(/older than this service needs/);
  });

  it('runs each once, even when two start at the same time', async () => {
    const runs = await Promise.all([run(First1700000000001), run(First1700000000001)]);
    expect(runs.flat()).toEqual(['First1700000000001']);
    expect(await run(First1700000000001, Second1700000000002)).toEqual(['Second1700000000002']);
  });

  it('lets a service with an older need start on a newer schema, and not the other way round', async () => {
    await assertSchemaVersion(pool, [First1700000000001]);
    await expect(assertSchemaVersion(pool, [First1700000000001, Broken1700000000003])).rejects.toThrow(/older/);
  });

  it('lets the service’s role read which ran', async () => {
    const client = await pool.connect();
    try {
      await client.query(`SET ROLE ${role}`);
      await assertSchemaVersion(client, [Second1700000000002]);
    } finally {
      await client.query('RESET ROLE');
      client.release();
    }
  });

  it('leaves nothing of one that fails', async () => {
    await expect(run(First1700000000001, Second1700000000002, Broken1700000000003)).rejects.toThrow(/division by zero/);
    const { rows } = await pool.query(`SELECT to_regclass('half') AS half`);
    expect(rows[0]).toEqual({ half: null });
  });

  it('gives up while somebody else holds the turn', async () => {
    const holder = await pool.connect();
    try {
      await holder.query('SELECT pg_advisory_lock(7215361904)');
      await expect(run(First1700000000001)).rejects.toThrow(/another migration/);
    } finally {
      await holder.query('SELECT pg_advisory_unlock_all()');
      holder.release();
    }
  });
});
