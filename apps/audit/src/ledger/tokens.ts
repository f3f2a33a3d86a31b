/** The ledger's database: a `SqlExecutor` outside of any transaction. */
export const LEDGER = Symbol('ledger');
/** The ledger's id. */
export const LEDGER_ID = Symbol('ledger id');
