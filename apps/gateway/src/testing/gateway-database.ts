import pg from 'pg';
import { adoptLog, eventLogMigration } from '@cloud-images/event-store';
import { runMigrations } from '@cloud-images/service-kit';
import { createTestDatabase } from '../../../../test/support/database.js';
import { erasuresMigration } from '../erase-person/schema.js';
import { migrations } from '../migrations/index.js';

const role = 'gateway_test';

export interface GatewayDatabase {
  readonly ownerUrl: string;
  /** As the gateway's role. */
  readonly url: string;
  drop(): Promise<void>;
}

/** A fresh database as the gateway's migrations make it. */
export async function createGatewayDatabase(): Promise<GatewayDatabase> {
  const recipe = `gateway ${eventLogMigration(role)} ${erasuresMigration(role)}`;
  const database = await createTestDatabase(recipe, async (ownerUrl) => {
    const client = new pg.Client({ connectionString: ownerUrl });
    await client.connect();
    await client.query(
      `DO $$ BEGIN CREATE ROLE ${role} LOGIN PASSWORD 'test'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    );
    await client.end();
    await runMigrations({ ownerUrl, serviceRole: role, migrations: migrations(role) });
  });
  // A clone of the template is another log.
  await adoptLog({ ownerUrl: database.url });
  const url = new URL(database.url);
  url.username = role;
  url.password = 'test';
  return { ownerUrl: database.url, url: url.href, drop: () => database.drop() };
}
