import { escapeIdentifier, type Client } from 'pg';
import type { SqlExecutor } from '../port.js';

/** The read model that services read and write: the first schema of their search path. */
export const LIVE = 'read_model';
/** The one that is being rebuilt beside it. */
export const SHADOW = 'read_model_rebuild';
/** What was live until the swap. */
export const RETIRED = 'read_model_retired';

/** An empty read model beside the live one, with the rights that a service has on its own. */
export async function createShadow(
  sql: SqlExecutor,
  create: (sql: SqlExecutor) => Promise<void>,
  serviceRole: string,
): Promise<void> {
  const role = escapeIdentifier(serviceRole);
  await sql.query(`CREATE SCHEMA ${SHADOW}`);
  await create(sql);
  await sql.query(`GRANT USAGE ON SCHEMA ${SHADOW} TO ${role}`);
  await sql.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${SHADOW} TO ${role}`);
}

/** What a rebuild that was cut off, or could not wait for a long read, has left. */
export async function dropLeftovers(session: Client): Promise<void> {
  await session.query(`DROP SCHEMA IF EXISTS ${SHADOW}, ${RETIRED} CASCADE`);
}

/**
 * Makes the rebuilt read model the live one: the name `read_model` is the pointer, and a transaction reads it with each
 * statement. Prepared statements keep no table: PostgreSQL keeps their parse tree, and every change of `pg_namespace`
 * makes it resolve the names anew before the next execution. A writer got the shared lock, and so all that was changed
 * while it waited, before it names a table; so it never writes the old ones.
 */
export function renameSchemas(sql: SqlExecutor): void {
  // A swap that was reported must be there after a crash.
  void sql.query('SET LOCAL synchronous_commit = on');
  void sql.query(`ALTER SCHEMA ${LIVE} RENAME TO ${RETIRED}`);
  void sql.query(`ALTER SCHEMA ${SHADOW} RENAME TO ${LIVE}`);
}

/**
 * Waits, within the session's lock timeout, for the reads that still have an old table, then gives it another name. It
 * belongs right behind the swap, for a reader that was resolving its names at that very moment: its plan may hold an old
 * table, and no other change would ever tell it so. To drop the tables would too, and takes as long as they are large.
 */
export function retireTables(sql: SqlExecutor, tables: readonly string[]): void {
  for (const table of tables) void sql.query(`ALTER TABLE ${RETIRED}.${table} RENAME TO ${table}_retired`);
}
