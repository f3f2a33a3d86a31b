import pg from 'pg';
import type { SqlExecutor } from '../port.js';
import { Pipeline } from '../postgres/pipeline.js';
import { searchPath } from '../postgres/pool.js';
import { SHADOW } from './schemas.js';

/** How long to wait for the last reads of what was live; a service's own end after 10 s. */
export const PATIENCE_MS = 60_000;

/** A connection of the owner's, in whose eyes the read model that is being rebuilt comes before the live one. */
export async function openSession(ownerUrl: string, patienceMs: number = PATIENCE_MS): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: ownerUrl,
    application_name: 'rebuild',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    pipeline: true,
    // What a killed rebuild was doing ends with it, and lets the next one begin.
    // Only the swap's own commit waits for the disk, and with it for everything before it.
    options: `-c search_path=${SHADOW},${searchPath} -c client_connection_check_interval=1s -c synchronous_commit=off -c lock_timeout=${patienceMs}`,
  } as pg.ClientConfig);
  // What was asked of a connection that breaks gets the error; without a listener the process would end.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** One short transaction; everything that `work` sent has succeeded when it returns. */
export async function inTransaction<T>(session: pg.Client, work: (sql: SqlExecutor) => Promise<T>): Promise<T> {
  const sql = new Pipeline(session);
  try {
    const result = await work(sql);
    await sql.commit();
    return result;
  } catch (error) {
    await sql.rollback().catch(() => undefined);
    throw error;
  }
}
