import type { SqlExecutor } from '@cloud-images/event-store';
import { Frontier, subtreesOf, type ReadSubtrees, type Subtree } from '@cloud-images/ledger';

/** Every how many levels the hashes of perfect subtrees are kept; what lies between is made up from at most 128 of them. */
export const KEPT_LEVELS = 8;

const keptBelow = (level: number): number => level - (level % KEPT_LEVELS);

interface HashRow {
  readonly nth: number;
  readonly hash: Buffer;
}

/** The hashes of perfect subtrees, from the leaves and the subtrees that are kept. Throws where a leaf is missing. */
export const subtreeReader =
  (sql: SqlExecutor): ReadSubtrees =>
  async (places) => {
    const asked = places.map((place, nth) => ({ ...place, nth, kept: keptBelow(place.level) }));
    const [leaves, subtrees] = await Promise.all([
      read(
        sql,
        asked.filter(({ kept }) => kept === 0),
        leafHashes,
        'leaf_hashes',
      ),
      read(
        sql,
        asked.filter(({ kept }) => kept > 0),
        subtreeHashes,
        'subtree_hashes',
      ),
    ]);
    const hashes = Map.groupBy([...leaves, ...subtrees], ({ nth }) => nth);
    return asked.map(({ nth, level, kept }) => made(hashes.get(nth) ?? [], 2 ** (level - kept)));
  };

const leafHashes = `
SELECT a.nth, e.leaf_hash AS hash FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS a(nth, first, next)
  CROSS JOIN LATERAL (SELECT position, leaf_hash FROM ledger.events
                       WHERE position >= a.first AND position < a.next) AS e
 ORDER BY a.nth, e.position`;

const subtreeHashes = `
SELECT a.nth, s.hash FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::smallint[]) AS a(nth, first, next, level)
  CROSS JOIN LATERAL (SELECT index, hash FROM ledger.subtrees
                       WHERE level = a.level AND index >= a.first AND index < a.next) AS s
 ORDER BY a.nth, s.index`;

interface Asked extends Subtree {
  readonly nth: number;
  readonly kept: number;
}

async function read(sql: SqlExecutor, asked: readonly Asked[], text: string, name: string): Promise<HashRow[]> {
  if (asked.length === 0) return [];
  const first = asked.map(({ index, level, kept }) => index * 2 ** (level - kept));
  const next = asked.map(({ index, level, kept }) => (index + 1) * 2 ** (level - kept));
  const levels = name === 'subtree_hashes' ? [asked.map(({ kept }) => kept)] : [];
  const { rows } = await sql.query<HashRow>(text, [asked.map(({ nth }) => nth), first, next, ...levels], name);
  return rows;
}

function made(rows: readonly HashRow[], wanted: number): Buffer {
  if (rows.length !== wanted) throw new Error(`the ledger lacks ${wanted - rows.length} hashes of its tree`);
  const frontier = Frontier.empty();
  for (const { hash } of rows) frontier.append(hash);
  return frontier.root();
}

/** The right edge of the tree of the first `size` leaves. */
export async function readFrontier(sql: SqlExecutor, size: number): Promise<Frontier> {
  return Frontier.of(size, await subtreeReader(sql)(subtreesOf({ start: 0, end: size })));
}
