import { type Client, escapeIdentifier } from 'pg';
import { failureCode, lockTimeout } from '../postgres/failures.js';
import { SHADOW } from './schemas.js';
import { PATIENCE_MS } from './session.js';

/** How long an index waits for who reads since before it was begun, as a backup does. */
const CONCURRENT_PATIENCE_MS = 10_000;

/** A table of the read model that is being rebuilt, and the indexes that it will have. */
export interface BareTable {
  /** Quoted, with its schema. */
  readonly name: string;
  readonly indexes: readonly PutOffIndex[];
}

interface PutOffIndex {
  /** Quoted. */
  readonly name: string;
  /** `CREATE INDEX …`. */
  readonly definition: string;
  /** What else says that there is such an index: `PRIMARY KEY` or `UNIQUE`. */
  readonly constraint: string | null;
}

const tablesSql = `
SELECT t.relname AS table, c.relname AS index, pg_get_indexdef(c.oid) AS definition,
  CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' END AS constraint
FROM pg_class t
LEFT JOIN pg_index i ON i.indrelid = t.oid
LEFT JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.conrelid = t.oid
WHERE t.relnamespace = $1::regnamespace AND t.relkind = 'r'
ORDER BY t.relname, c.relname`;

/**
 * Takes their indexes from the empty tables and stops their triggers. Streams come in no order that an index has: to find
 * the place of each row in each index, one after the other, takes longer than to sort all of them at the end.
 */
export async function withoutIndexes(session: Client): Promise<BareTable[]> {
  const { rows } = await session.query<{ table: string; index: string | null } & Omit<PutOffIndex, 'name'>>(tablesSql, [
    SHADOW,
  ]);
  const tables = [...Map.groupBy(rows, ({ table }) => table)].map(([table, own]) => ({
    name: `${SHADOW}.${escapeIdentifier(table)}`,
    indexes: own.flatMap(({ index, ...is }) => (index === null ? [] : [{ ...is, name: escapeIdentifier(index) }])),
  }));
  for (const { name, indexes } of tables) {
    await session.query(`ALTER TABLE ${name} DISABLE TRIGGER USER`);
    for (const index of indexes) {
      await session.query(
        index.constraint ? `ALTER TABLE ${name} DROP CONSTRAINT ${index.name}` : `DROP INDEX ${SHADOW}.${index.name}`,
      );
    }
  }
  return tables;
}

/** Makes them what they were created as, and known to the planner as if they had been used for long. */
export async function finishTables(sessions: readonly Client[], tables: readonly BareTable[]): Promise<void> {
  const left = [...tables];
  let waits = true;
  await Promise.all(
    sessions.map(async (session) => {
      for (let table = left.shift(); table; table = left.shift()) {
        for (const index of table.indexes) waits = await build(session, table.name, index, waits);
        await session.query(`ALTER TABLE ${table.name} ENABLE TRIGGER USER`);
        await session.query(`VACUUM (ANALYZE) ${table.name}`);
      }
    }),
  );
}

/**
 * Concurrently, although nobody else uses the table: as one transaction it would hold the horizon of all readers of the log
 * for as long as it takes, seconds for a million rows. Returns whether to do so with the next one: not where somebody reads
 * for very long, for whose end it would wait.
 */
async function build(session: Client, table: string, index: PutOffIndex, concurrently: boolean): Promise<boolean> {
  let waits = concurrently;
  if (waits) {
    await session.query(`SET lock_timeout = ${CONCURRENT_PATIENCE_MS}`);
    try {
      await session.query(index.definition.replace(/^CREATE (UNIQUE )?INDEX /, '$&CONCURRENTLY '));
    } catch (error) {
      if (failureCode(error) !== lockTimeout) throw error;
      waits = false;
    }
    await session.query(`SET lock_timeout = ${PATIENCE_MS}`);
  }
  if (!waits) {
    await session.query(`DROP INDEX IF EXISTS ${SHADOW}.${index.name}`);
    await session.query(index.definition);
  }
  if (index.constraint) {
    await session.query(
      `ALTER TABLE ${table} ADD CONSTRAINT ${index.name} ${index.constraint} USING INDEX ${index.name}`,
    );
  }
  return waits;
}
