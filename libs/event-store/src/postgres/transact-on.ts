import type pg from 'pg';
import type { SqlExecutor } from '../port.js';
import { translate } from './failures.js';
import { Pipeline } from './pipeline.js';

/**
 * One transaction beside the log: what `work` sends goes out at once, all of it must have succeeded before the commit
 * counts. `about` names it in errors. Throws `StoreUnavailable`, or what `work` threw.
 */
export async function transactOn<T>(pool: pg.Pool, work: (sql: SqlExecutor) => Promise<T>, about = ''): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translate(error, about, 0);
  });
  try {
    const sql = new Pipeline(client);
    const result = await work(sql);
    await sql.commit();
    client.release();
    return result;
  } catch (error) {
    await client.query('ROLLBACK').then(
      () => client.release(),
      (failure: Error) => client.release(failure),
    );
    throw translate(error, about, 0);
  }
}
