import { runMigrations } from '@cloud-images/service-kit';
import pg from 'pg';
import { createTestDatabase } from '../../../../../test/support/database.js';
import { migrations } from '../index.js';

export interface MigratedDatabase {
  /** As the owner, until it says otherwise. */
  readonly sql: pg.Client;
  /** The service's. */
  readonly role: string;
  /** Names of the migrations that were carried out. */
  migrate(): Promise<string[]>;
  drop(): Promise<void>;
}

/** A database of its own with all migrations, and a role of the service of its own. */
export async function createMigratedDatabase(name: string): Promise<MigratedDatabase> {
  const role = `${name}_${process.pid}`;
  const database = await createTestDatabase(`${name}: empty`, async () => undefined);
  const sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(`CREATE ROLE ${role}`);
  const migrate = () => runMigrations({ ownerUrl: database.url, serviceRole: role, migrations: migrations(role) });
  await migrate();
  return {
    sql,
    role,
    migrate,
    drop: async () => {
      await sql.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
      await sql.end();
      await database.drop();
    },
  };
}
