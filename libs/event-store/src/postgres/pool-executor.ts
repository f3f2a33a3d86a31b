import type pg from 'pg';
import type { SqlExecutor } from '../port.js';
import { send, type StatementResult } from './batch.js';
import { translate } from './failures.js';

/** Statements of their own, outside of any transaction: reads, and lists beside the log. Throws `StoreUnavailable`. */
export function poolExecutor(pool: pg.Pool): SqlExecutor {
  return {
    query: async (text: string, values: readonly unknown[] = [], name?: string) => {
      let client: pg.PoolClient | undefined;
      try {
        const session = (client = await pool.connect());
        const result = await new Promise<StatementResult>((resolve, reject) => {
          send(session, [{ text, values, name, resolve, reject }]);
        });
        client.release();
        return result;
      } catch (error) {
        client?.release(error as Error);
        throw translate(error, '', 0);
      }
    },
  };
}
