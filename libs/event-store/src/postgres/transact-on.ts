import type pg from 'pg';
import type { SqlExecutor } from '../port.js';
import { translate } from './failures.js';
import { Pipeline } from './pipeline.js';

/** `about` names the transaction in errors; `onCommit` is told before anybody else may use its connection. */
interface Transacting {
  readonly about?: string;
  readonly onCommit?: () => void;
}

/**
 * One transaction beside the log: what `work` sends goes out at once, all of it must have succeeded before the commit
 * counts. Throws `StoreUnavailable`, or what `work` threw.
 */
export async function transactOn<T>(
  pool: pg.Pool,
  work: (sql: SqlExecutor) => Promise<T>,
  { about = '', onCommit }: Transacting = {},
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translate(error, about, 0);
  });
  const sql = new Pipeline(client);
  try {
    const result = await work(sql);
    await sql.commit();
    onCommit?.();
    client.release();
    return result;
  } catch (error) {
    await sql.rollback().then(
      () => client.release(),
      (failure: Error) => client.release(failure),
    );
    throw translate(error, about, 0);
  }
}
