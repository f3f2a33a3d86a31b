import { type Client, escapeIdentifier } from 'pg';
import { failureCode, lockTimeout } from '../postgres/failures.js';
import { SHADOW } from './schemas.js';

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

/** Builds the indexes, and lets the triggers run again. */
export async function withIndexes(sessions: readonly Client[], tables: readonly BareTable[]): Promise<void> {
  let concurrently = true;
  await eachByTurns(sessions, tables, async (session, { name, indexes }) => {
    for (const index of indexes) if (!(await build(session, name, index, concurrently))) concurrently = false;
    await session.query(`ALTER TABLE ${name} ENABLE TRIGGER USER`);
  });
}

/** Tells the planner of the live service what it would have learnt about the tables over time. */
export async function analysed(sessions: readonly Client[], tables: readonly BareTable[]): Promise<void> {
  await eachByTurns(
    sessions,
    tables,
    async (session, { name }) => void (await session.query(`VACUUM (ANALYZE) ${name}`)),
  );
}

async function eachByTurns(
  sessions: readonly Client[],
  tables: readonly BareTable[],
  work: (session: Client, table: BareTable) => Promise<void>,
): Promise<void> {
  const left = [...tables];
  await Promise.all(
    sessions.map(async (session) => {
      for (let table = left.shift(); table; table = left.shift()) await work(session, table);
    }),
  );
}

/**
 * Concurrently, although nobody else uses the table: as one transaction it would hold the horizon of all readers of the log
 * for as long as it takes, seconds for a million rows. Returns whether to do so with the next one too: not where somebody
 * has read for longer than the session waits, a backup for instance.
 */
async function build(session: Client, table: string, index: PutOffIndex, concurrently: boolean): Promise<boolean> {
  const { name, definition, constraint } = index;
  const built = concurrently && (await builtConcurrently(session, definition));
  if (!built) {
    await session.query(`DROP INDEX IF EXISTS ${SHADOW}.${name}`);
    await session.query(definition);
  }
  if (constraint) await session.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${constraint} USING INDEX ${name}`);
  return built;
}

async function builtConcurrently(session: Client, definition: string): Promise<boolean> {
  try {
    await session.query(definition.replace(/^CREATE (UNIQUE )?INDEX /, '$&CONCURRENTLY '));
    return true;
  } catch (error) {
    if (failureCode(error) !== lockTimeout) throw error;
    return false;
  }
}
