import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { MigrationInterface } from 'typeorm';

/** A migration class; its name ends in the 13-digit timestamp that orders it, as TypeORM wants. */
export type Migration = new () => MigrationInterface;

export const migrationsTable = 'schema_migrations';
/** One key for all: two migrations of one database never run at once. */
const advisoryLock = 7_215_361_904;

export interface MigrationRun {
  /** Connects as the owner of the schema, not as the service. */
  readonly ownerUrl: string;
  /** May read which migrations ran, to refuse a schema that is too old. */
  readonly serviceRole: string;
  readonly migrations: readonly Migration[];
  /** How long to wait for another migration, and for locks that running services hold. */
  readonly lockTimeoutMs?: number;
}

/** Runs what has not run yet, each migration in a transaction of its own. Returns the names of those that ran. */
export async function runMigrations(run: MigrationRun): Promise<string[]> {
  const lockTimeoutMs = run.lockTimeoutMs ?? 30_000;
  const { default: pg } = await import('pg');
  const guard = new pg.Client({ connectionString: run.ownerUrl, connectionTimeoutMillis: 10_000 });
  await guard.connect();
  try {
    await takeTurn(guard, lockTimeoutMs);
    const ran = await migrate(run, lockTimeoutMs);
    await guard.query(`GRANT SELECT ON ${migrationsTable} TO ${guard.escapeIdentifier(run.serviceRole)}`);
    return ran;
  } finally {
    await guard.end();
  }
}

async function takeTurn(client: Client, timeoutMs: number): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; ; await sleep(100)) {
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [advisoryLock]);
    if (rows[0]?.mine === true) return;
    if (Date.now() >= deadline) throw new Error('another migration of this database is still running');
  }
}

async function migrate(run: MigrationRun, lockTimeoutMs: number): Promise<string[]> {
  // Only here: a service that moves gigabytes must not carry an ORM through each of its garbage collections.
  const { DataSource } = await import('typeorm');
  const source = new DataSource({
    type: 'postgres',
    url: run.ownerUrl,
    migrations: [...run.migrations],
    migrationsTableName: migrationsTable,
    migrationsTransactionMode: 'each',
    applicationName: 'migrate',
    extra: { options: `-c lock_timeout=${lockTimeoutMs}`, max: 1, connectionTimeoutMillis: 10_000 },
  });
  await source.initialize();
  try {
    return (await source.runMigrations()).map(({ name }) => name);
  } finally {
    await source.destroy();
  }
}
