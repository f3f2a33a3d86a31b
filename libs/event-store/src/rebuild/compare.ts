import { escapeIdentifier, type Client } from 'pg';
import { LIVE, SHADOW } from './schemas.js';

/** Table → its key: what makes two rows the same one. */
export type ComparedTables = Readonly<Record<string, readonly string[]>>;

export interface Difference {
  readonly key: Readonly<Record<string, string | null | undefined>>;
  /** Where the row is missing, or the columns that differ. */
  readonly differs: 'only live' | 'only rebuilt' | readonly string[];
}

export interface TableComparison {
  readonly table: string;
  readonly liveRows: number;
  readonly rebuiltRows: number;
  readonly differing: number;
  /** The first few, by key. */
  readonly first: readonly Difference[];
}

const SHOWN = 5;

/** Compares every row of the live read model with the rebuilt one, as the session's snapshot has both. */
export async function compareReadModels(session: Client, tables: ComparedTables): Promise<TableComparison[]> {
  const compared: TableComparison[] = [];
  for (const [table, key] of Object.entries(tables)) compared.push(await compareTable(session, table, key));
  return compared;
}

async function compareTable(session: Client, table: string, key: readonly string[]): Promise<TableComparison> {
  const columns = key.map(escapeIdentifier);
  const name = escapeIdentifier(table);
  const both = `${LIVE}.${name} l FULL JOIN ${SHADOW}.${name} r USING (${columns.join(', ')})`;
  const differ = 'ROW(l.*) IS DISTINCT FROM ROW(r.*)';
  const { rows } = await session.query<Omit<TableComparison, 'table' | 'first'>>(
    `SELECT count(l.*)::int AS "liveRows", count(r.*)::int AS "rebuiltRows",
            (count(*) FILTER (WHERE ${differ}))::int AS differing FROM ${both}`,
  );
  const counts = rows[0] as Omit<TableComparison, 'table' | 'first'>;
  if (counts.differing === 0) return { table, ...counts, first: [] };
  const found = await session.query<Pair>(
    `SELECT ${texts('l')} AS live, ${texts('r')} AS rebuilt FROM ${both} WHERE ${differ} ORDER BY ${columns.join(', ')} LIMIT ${SHOWN}`,
  );
  return { table, ...counts, first: found.rows.map((pair) => difference(pair, key)) };
}

/** A row as an object of texts: a `bigint` would not survive as a number. */
const texts = (row: string) => `(SELECT jsonb_object_agg(key, value) FROM jsonb_each_text(to_jsonb(${row})))`;

interface Pair {
  readonly live: Record<string, string | null> | null;
  readonly rebuilt: Record<string, string | null> | null;
}

function difference({ live, rebuilt }: Pair, key: readonly string[]): Difference {
  const row = live ?? rebuilt ?? {};
  const said = Object.fromEntries(key.map((column) => [column, row[column]]));
  if (!live) return { key: said, differs: 'only rebuilt' };
  if (!rebuilt) return { key: said, differs: 'only live' };
  return { key: said, differs: Object.keys(live).filter((column) => live[column] !== rebuilt[column]) };
}
