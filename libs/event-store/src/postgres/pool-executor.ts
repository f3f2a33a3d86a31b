import type pg from 'pg';
import type { SqlExecutor } from '../port.js';
import { translate } from './failures.js';

/** Statements of their own, outside of any transaction: reads, and lists beside the log. Throws `StoreUnavailable`. */
export function poolExecutor(pool: pg.Pool): SqlExecutor {
  return {
    query: async <Row extends object>(text: string, values: readonly unknown[] = [], name?: string) => {
      try {
        const result = await pool.query<Row>({ text, values: values as unknown[], ...(name ? { name } : {}) });
        return { rows: result.rows, rowCount: result.rowCount ?? 0 };
      } catch (error) {
        throw translate(error, '', 0);
      }
    },
  };
}
