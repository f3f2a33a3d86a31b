import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { adoptLog } from '../adopt/adopt-log.js';
import { eventLogMigration } from '../postgres/schema.js';

/** The role that tests append as; it owns nothing. */
export const SERVICE_ROLE = 'event_store_test';

export interface LogDatabase {
  readonly ownerUrl: string;
  readonly serviceUrl: string;
  drop(): Promise<void>;
}

/** A fresh database with a log in it, and a role that has what a service has. */
export async function createLogDatabase(): Promise<LogDatabase> {
  const migration = eventLogMigration(SERVICE_ROLE);
  const database: TestDatabase = await createTestDatabase(migration, async (url) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(
        `DO $$ BEGIN CREATE ROLE ${SERVICE_ROLE} LOGIN PASSWORD 'test'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
      );
      await client.query(migration);
    } finally {
      await client.end();
    }
  });
  // A clone of the template is another log.
  await adoptLog({ ownerUrl: database.url });
  const service = new URL(database.url);
  service.username = SERVICE_ROLE;
  service.password = 'test';
  return { ownerUrl: database.url, serviceUrl: service.href, drop: () => database.drop() };
}
