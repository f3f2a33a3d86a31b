import type pg from 'pg';
import { Refusal } from '@cloud-images/contracts';
import { placeOf } from '../log-page.js';
import type { LogPosition } from '../port.js';
import { translate } from '../postgres/failures.js';

export interface Erased {
  /** Requests that are nobody's now. */
  readonly contexts: number;
  /** `<transaction id>.<position>`: where to go on; null at the end of the log. */
  readonly next: string | null;
}

/** `{"user_id": …, "after": …}` as it came in a request. Throws `Refusal` `invalid-body`, `StoreUnavailable`. */
export type PersonEraser = (body: unknown) => Promise<Erased>;

/** Looked at by one statement, which stays far from its time limit. */
const BATCH = 5_000;
/** Then whoever asked goes on by another call. */
const BUDGET_MS = 2_000;

const eraseBatch = `
WITH page AS MATERIALIZED (
  SELECT transaction_id, position, metadata->>'request_id' AS request_id,
         metadata->'actor'->>'user' = $3 OR type = 'AuthenticationFailed' AND data->>'user_id' = $3 AS theirs
    FROM log.events WHERE (transaction_id, position) > ($1::xid8, $2::bigint)
   ORDER BY transaction_id, position LIMIT ${BATCH}),
gone AS (
  DELETE FROM log.request_contexts c USING (SELECT DISTINCT request_id FROM page WHERE theirs) AS p
   WHERE c.request_id = p.request_id RETURNING 1)
SELECT (SELECT count(*)::integer FROM gone) AS contexts, (SELECT count(*)::integer FROM page) AS looked_at, last.*
  FROM (SELECT 1) AS one LEFT JOIN (
    SELECT transaction_id::text AS transaction_id, position::text AS position FROM page
     ORDER BY page.transaction_id DESC, page.position DESC LIMIT 1) AS last ON true`;

type Row = { contexts: number; looked_at: number } & LogPosition;

/**
 * Removes what names one user: the contexts of their requests, by the events that these led to, and of attempts to be
 * them. Their salts go with them, so that nobody can try whether a digest was theirs; the events stay. Reads the log from
 * `after` on, for two seconds at most. Done again it finds nothing.
 */
export async function erasePerson(
  pool: Pick<pg.Pool, 'query'>,
  userId: string,
  after: LogPosition | null = null,
  budgetMs: number = BUDGET_MS,
): Promise<Erased> {
  let place = after ?? { transaction_id: '0', position: '0' };
  let contexts = 0;
  for (const end = performance.now() + budgetMs; ;) {
    const { rows } = await pool.query<Row>({
      name: 'erase_person',
      text: eraseBatch,
      values: [place.transaction_id, place.position, userId],
    });
    const { contexts: gone, looked_at: lookedAt, ...last } = rows[0] as Row;
    contexts += gone;
    if (lookedAt < BATCH) return { contexts, next: null };
    place = last;
    if (performance.now() > end) return { contexts, next: `${place.transaction_id}.${place.position}` };
  }
}

/** What `/internal/erase-person` does with its body. */
export function personEraser(pool: Pick<pg.Pool, 'query'>): PersonEraser {
  return async (body) => {
    const { user_id: userId, after } = (body ?? {}) as { user_id?: unknown; after?: unknown };
    if (typeof userId !== 'string' || userId === '') throw new Refusal('invalid-body', "'user_id' names a user.");
    const from = placeOf(after ?? undefined);
    try {
      return await erasePerson(pool, userId, from);
    } catch (error) {
      throw translate(error, '', 0);
    }
  };
}
