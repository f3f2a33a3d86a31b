import { createPool, poolExecutor, type SqlExecutor } from '@cloud-images/event-store';
import { runMigrations } from '@cloud-images/service-kit';
import pg from 'pg';
import { createTestDatabase } from '../../../../test/support/database.js';
import type { LedgerPool } from '../ledger/sealer.js';
import { ledgerMigration } from '../ledger/schema.js';
import { migrations } from '../migrations/index.js';

const role = 'audit_test';

export interface LedgerDatabase {
  /** As the service. */
  readonly pool: LedgerPool;
  readonly sql: SqlExecutor;
  /** As whoever has taken the whole database over. */
  readonly owner: pg.Pool;
  drop(): Promise<void>;
}

/** A fresh ledger, and a role that has what the service has. */
export async function createLedgerDatabase(): Promise<LedgerDatabase> {
  const database = await createTestDatabase(ledgerMigration(role), async (url) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(
        `DO $$ BEGIN CREATE ROLE ${role} LOGIN PASSWORD 'test'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
      );
    } finally {
      await client.end();
    }
    await runMigrations({ ownerUrl: url, serviceRole: role, migrations: migrations(role) });
  });
  const service = new URL(database.url);
  service.username = role;
  service.password = 'test';
  const pool = createPool({ connectionString: service.href, applicationName: 'audit', max: 6 });
  const owner = new pg.Pool({ connectionString: database.url, max: 2 });
  return {
    pool,
    sql: poolExecutor(pool),
    owner,
    async drop() {
      await Promise.all([pool.end(), owner.end()]);
      await database.drop();
    },
  };
}
