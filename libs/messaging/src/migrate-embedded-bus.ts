import pg from 'pg';
import { embeddedBusSchema } from './embedded/schema.js';

const MIGRATION_LOCK = 7_215_361_907;

/** Makes the embedded bus's schema, or leaves it as it is. `role` is what the services connect as. */
export async function migrateEmbeddedBus({ ownerUrl, role }: { ownerUrl: string; role: string }): Promise<void> {
  const client = new pg.Client({
    connectionString: ownerUrl,
    application_name: 'migrate',
    connectionTimeoutMillis: 10_000,
    lock_timeout: 30_000,
    statement_timeout: 60_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query(embeddedBusSchema(role));
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
