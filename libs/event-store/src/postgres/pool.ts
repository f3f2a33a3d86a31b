import pg from 'pg';

export interface PostgresStoreOptions {
  readonly connectionString: string;
  readonly applicationName: string;
  /** Connections at most; default 10. */
  readonly max?: number;
  /** How long to wait for a free or a new connection; default 2 s. */
  readonly connectionTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
  /** How long a statement waits for a lock of another transaction; default 5 s. */
  readonly lockTimeoutMs?: number;
}

/** The schemas that unqualified names are looked up in: the live read model first. */
export const searchPath = 'read_model,log,public';

/**
 * Every hot statement must run by its index whatever the statistics say, which are stale while a table fills: a page of 25
 * once sorted all 1,000 images. So random access costs as much as on an SSD, a plan is made once for each prepared
 * statement and not again for its values (planning took longer than reading), and nothing is compiled.
 */
export const sessionOptions = [
  `-c search_path=${searchPath}`,
  '-c random_page_cost=1.1',
  '-c plan_cache_mode=force_generic_plan',
  '-c jit=off',
].join(' ');

export function createPool(options: PostgresStoreOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    application_name: options.applicationName,
    max: options.max ?? 10,
    connectionTimeoutMillis: options.connectionTimeoutMs ?? 2_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: options.statementTimeoutMs ?? 10_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 10_000,
    lock_timeout: options.lockTimeoutMs ?? 5_000,
    // The server's limits end a slow statement; this one ends a silent connection.
    query_timeout: (options.statementTimeoutMs ?? 10_000) + 5_000,
    keepAlive: true,
    pipeline: true,
    options: sessionOptions,
  } as pg.PoolConfig);
  // A connection that breaks is replaced, and whoever used it gets its error; without listeners the process would end.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
