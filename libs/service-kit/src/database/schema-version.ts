import type { Migration } from './run-migrations.js';
import { migrationsTable } from './run-migrations.js';

interface Queryable {
  query(text: string): Promise<{ rows: unknown[] }>;
}

const timestampOf = (name: string): number => Number(/\d{13}$/.exec(name)?.[0] ?? Number.NaN);
const undefinedTable = '42P01';

/** Refuses to go on with a schema older than the newest of `migrations`; a newer one is fine. */
export async function assertSchemaVersion(pool: Queryable, migrations: readonly Migration[]): Promise<void> {
  const needed = Math.max(...migrations.map(({ name }) => timestampOf(name)));
  const present = await presentVersion(pool);
  if (present < needed) throw new Error(`the database schema is older than this service needs: run its migrations`);
}

async function presentVersion(pool: Queryable): Promise<number> {
  try {
    const { rows } = await pool.query(`SELECT coalesce(max("timestamp"), 0) AS newest FROM ${migrationsTable}`);
    return Number((rows[0] as { newest: string }).newest);
  } catch (error) {
    if ((error as { code?: string }).code === undefinedTable) return 0;
    throw error;
  }
}
