import { Refusal } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { EntryFilter } from './entry-filter.js';
import { timeBounds, type Bounds } from './time-bounds.query.js';

/** All events, or those that concern a project. */
export type Scope = 'all' | { readonly project: string };

export interface Search {
  readonly scope: Scope;
  readonly filter: EntryFilter;
  readonly order: 'asc' | 'desc';
  /** The place before the first that is wanted; null: from the end where the order begins. */
  readonly after: number | null;
  readonly limit: number;
}

export interface Found {
  readonly position: number;
  readonly entry: string;
  /** hex */
  readonly leaf_hash: string;
}

export interface Page {
  readonly entries: readonly Found[];
  /** Where to go on; null when there is nothing more now. */
  readonly next: number | null;
}

/** A page reads no more of an index than this in one statement, and no more than so many times. */
const SCAN = 5_000;
const MOST_SCANS = 20;
/** An event can have ten megabytes: a page ends early rather than be larger than this and one event. */
export const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * Events in the order of the ledger. One condition leads, by its index; the others are looked at on the way. Where they
 * let next to nothing through, the page is short and says where to go on. Throws `Refusal` `invalid-filter` when nothing was
 * found within what may be read.
 */
export async function findEntries(sql: SqlExecutor, search: Search): Promise<Page> {
  const times = await timeBounds(sql, search.filter);
  if (times === null) return { entries: [], next: null };
  const walk = walkOf(search, times);
  const found: Found[] = [];
  let after = search.after;
  for (let scans = 0; scans < MOST_SCANS; scans += 1) {
    const wanted = search.limit - found.length;
    const { entries, isFull } = await read(sql, walk, after, wanted);
    found.push(...entries);
    if (isFull || found.length === search.limit) return { entries: found, next: (found.at(-1) as Found).position };
    const end = walk.isExact ? null : await endOfScan(sql, walk, after);
    if (end === null) return { entries: found, next: null };
    after = entries.length > 0 ? end : await beforeNext(sql, search, end);
    if (after === null) return { entries: found, next: null };
  }
  if (found.length > 0) return { entries: found, next: after };
  throw new Refusal(
    'invalid-filter',
    'These conditions are met too rarely to look for them together; narrow the time.',
  );
}

interface Walk {
  /** `FROM … WHERE …` of what leads. */
  readonly from: string;
  /** True when everything on the way is wanted. */
  readonly isExact: boolean;
  readonly fits: string;
  readonly values: readonly unknown[];
  readonly order: 'asc' | 'desc';
}

const conditions: readonly (readonly [Exclude<keyof EntryFilter, 'since' | 'until' | 'types' | 'kinds'>, string])[] = [
  ['request', 'e.request_id'],
  ['image', 'e.image_id'],
  ['task', 'e.image_id'],
  ['actor', 'e.actor'],
  ['project', 'e.project'],
];

/**
 * The events among which an image's or a task's are looked for, as the two indexes by subject have them: an image that is
 * much read has far more of security than others, and those are for nobody's project.
 */
function partsOf({ scope, filter: { task, kinds } }: Search): string[] {
  const others = "e.kind <> 'security'";
  const security = "e.kind = 'security'";
  if (scope !== 'all' || task !== null || (kinds.length > 0 && !kinds.includes('security'))) return [others];
  return kinds.length > 0 && kinds.every((kind) => kind === 'security') ? [security] : [others, security];
}

function walkOf(search: Search, { from, to }: Bounds): Walk {
  const { scope, filter, order } = search;
  // $1: where to go on, $2: how many; the rest by name.
  const values: unknown[] = [];
  const value = (of: unknown): string => {
    values.push(of);
    return `$${values.length + 2}`;
  };
  const wanted = conditions.flatMap(([key, column]) =>
    filter[key] === null ? [] : [`${column} = ${value(filter[key])}`],
  );
  const types = filter.types.length === 0 ? null : `${value(filter.types)}::text[]`;
  const kinds = filter.kinds.length === 0 ? null : `${value(filter.kinds)}::text[]`;
  const ofTypes = types === null ? [] : [`e.type = ANY (${types})`];
  const ofKinds = kinds === null ? [] : [`e.kind = ANY (${kinds})`];
  const few = filter.request !== null || filter.image !== null || filter.task !== null;
  const leading: string[] = [];
  let table = 'ledger.events e';
  if (scope === 'all' || few) {
    leading.push(...wanted.splice(0, 1));
    if (leading.length === 0 && filter.types.length === 1) {
      ofTypes.pop();
      leading.push(`e.type = (${types})[1]`);
    } else if (leading.length === 0 && filter.kinds.length === 1 && filter.kinds[0] !== 'image') {
      // As the index has it; images are found wherever one looks, or jumped to (`beforeNext`).
      ofKinds.pop();
      leading.push(`e.kind <> 'image' AND e.kind = (${kinds})[1]`);
    }
    if (scope !== 'all') {
      const project = value(scope.project);
      // One row at most. An EXISTS may be planned as a table of all that the project reads.
      wanted.push(
        `(SELECT true FROM ledger.readers r WHERE r.project = ${project} AND r.position = e.position) IS TRUE`,
      );
    }
  } else {
    table = 'ledger.readers r JOIN ledger.events e ON e.position = r.position';
    leading.push(`r.project = ${value(scope.project)}`);
  }
  // Of both tables: a merge of the two would begin with the first event of all otherwise.
  const keys = table.startsWith('ledger.readers') ? ['r.position', 'e.position'] : ['e.position'];
  const [key] = keys;
  const lowest = value(from);
  const beyond = to === null ? null : value(to);
  for (const place of keys) {
    leading.push(`${place} ${order === 'asc' ? '>' : '<'} $1`, `${place} >= ${lowest}`);
    if (beyond !== null) leading.push(`${place} < ${beyond}`);
  }
  const rest = [...ofTypes, ...ofKinds];
  if (filter.since !== null) rest.push(`e.recorded_at >= ${value(filter.since)}::timestamptz`);
  if (filter.until !== null) rest.push(`e.recorded_at < ${value(filter.until)}::timestamptz`);
  const fits = [...wanted, ...rest];
  const parts = few && filter.request === null ? partsOf(search) : ['true'];
  const froms = parts.map(
    (part) => `FROM ${table} WHERE ${part} AND ${leading.join(' AND ')} ORDER BY ${key} ${order}`,
  );
  const each = froms.map((one) => `(SELECT e.* ${one} LIMIT ${SCAN})`).join(' UNION ALL ');
  return {
    from: froms.length === 1 ? (froms[0] as string) : `FROM (${each}) AS e ORDER BY e.position ${order}`,
    isExact: fits.length === 0,
    fits: fits.length === 0 ? 'true' : fits.join(' AND '),
    values,
    order,
  };
}

interface Read {
  readonly entries: Found[];
  /** More was found than a page holds. */
  readonly isFull: boolean;
}

/** Beyond every position, where a walk from the newest begins. */
const BEYOND = Number.MAX_SAFE_INTEGER;
const start = ({ order }: Walk, after: number | null): number => after ?? (order === 'asc' ? -1 : BEYOND);

async function read(sql: SqlExecutor, walk: Walk, after: number | null, limit: number): Promise<Read> {
  const { rows } = await sql.query<{ position: string; entry: string; leaf_hash: string; found: string }>(
    `SELECT position::text AS position, entry, leaf_hash, found::text AS found FROM (
       SELECT position, entry, leaf_hash, count(*) OVER () AS found,
              sum(octet_length(entry)) OVER (ORDER BY position ${walk.order}) - octet_length(entry) AS before
         FROM (SELECT position, entry, leaf_hash FROM (
                 SELECT e.position, e.entry, encode(e.leaf_hash, 'hex') AS leaf_hash, ${walk.fits} AS fits
                   ${walk.from} LIMIT ${SCAN}) AS scanned
                WHERE fits LIMIT $2) AS wanted) AS page
      WHERE before < ${PAGE_BYTES} ORDER BY page.position ${walk.order}`,
    [start(walk, after), limit, ...walk.values],
  );
  return {
    entries: rows.map(({ position, entry, leaf_hash }) => ({ position: Number(position), entry, leaf_hash })),
    isFull: rows.length < Number(rows[0]?.found ?? 0),
  };
}

/** The last position that one statement looked at; null when it came to the end. */
async function endOfScan(sql: SqlExecutor, walk: Walk, after: number | null): Promise<number | null> {
  const { rows } = await sql.query<{ position: string }>(
    `SELECT e.position::text AS position, ${walk.fits} AS fits ${walk.from} OFFSET $2 LIMIT 1`,
    [start(walk, after), SCAN - 1, ...walk.values],
  );
  return rows[0] ? Number(rows[0].position) : null;
}

/**
 * The place before the next event of the types or kinds that are wanted: whatever many of others lie between are not
 * looked at. Null: there is none. The place itself where any would do. A type is of one kind.
 */
async function beforeNext(sql: SqlExecutor, { filter, order }: Search, after: number): Promise<number | null> {
  const { types, kinds } = filter;
  if (types.length === 0 && kinds.length === 0) return after;
  const [far, beyond] = order === 'asc' ? ['min', '>'] : ['max', '<'];
  const { rows } = await sql.query<{ position: string | null }>(
    `WITH RECURSIVE every (type) AS (
       (SELECT type FROM ledger.events ORDER BY type LIMIT 1)
       UNION ALL
       SELECT (SELECT e.type FROM ledger.events e WHERE e.type > every.type ORDER BY e.type LIMIT 1)
         FROM every WHERE every.type IS NOT NULL)
     SELECT ${far}(one.position)::text AS position FROM every CROSS JOIN LATERAL (
       SELECT e.position, e.kind FROM ledger.events e WHERE e.type = every.type AND e.position ${beyond} $1
        ORDER BY e.position ${order} LIMIT 1) AS one
      WHERE (cardinality($2::text[]) = 0 OR every.type = ANY ($2)) AND (cardinality($3::text[]) = 0 OR one.kind = ANY ($3))`,
    [after, types, kinds],
    `before_next_${order}`,
  );
  const next = rows[0]?.position ?? null;
  return next === null ? null : Number(next) + (order === 'asc' ? -1 : 1);
}
