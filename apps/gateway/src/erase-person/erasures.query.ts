import type { SqlExecutor } from '@cloud-images/event-store';

/** A user who is to be forgotten, and the event that asked for it. */
export interface Erasure {
  readonly erasure_id: string;
  readonly user_id: string;
  readonly stream: string;
  readonly event_id: string;
  readonly request_id: string;
  readonly correlation_id: string;
  /** RFC 3339, UTC. */
  readonly requested_at: string;
  readonly finished_at: string | null;
}

export interface Step {
  readonly service: string;
  readonly after: string | null;
  readonly contexts: number;
  readonly done_at: string | null;
}

const time = (column: string) =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${column.replace(/^.*\./, '')}`;
const columns = `erasure_id::text AS erasure_id, user_id, stream, event_id::text AS event_id, request_id, correlation_id,
  ${time('requested_at')}, ${time('finished_at')}`;

/** Twice the same is once. */
export async function addErasure(
  sql: SqlExecutor,
  asked: Omit<Erasure, 'finished_at'>,
  services: readonly string[],
): Promise<void> {
  void sql.query(
    `INSERT INTO erasure.people (erasure_id, user_id, stream, event_id, request_id, correlation_id, requested_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
    [
      asked.erasure_id,
      asked.user_id,
      asked.stream,
      asked.event_id,
      asked.request_id,
      asked.correlation_id,
      asked.requested_at,
    ],
  );
  await sql.query(
    `INSERT INTO erasure.steps (erasure_id, service) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING`,
    [asked.erasure_id, services],
  );
}

/** The ids of the users who are not forgotten yet; of those asked for first, where they are more than ten thousand. */
export async function usersToForget(sql: SqlExecutor): Promise<readonly string[]> {
  const { rows } = await sql.query<{ user_id: string }>(
    'SELECT user_id FROM erasure.people WHERE finished_at IS NULL ORDER BY requested_at LIMIT 10000',
  );
  return rows.map(({ user_id }) => user_id);
}

/**
 * Up to `most` that are not finished and were asked for so long ago, those that were not tried for longest first; they
 * count as tried now.
 */
export async function takeNext(sql: SqlExecutor, settleMs: number, most: number): Promise<readonly Erasure[]> {
  const { rows } = await sql.query<Erasure>(
    `UPDATE erasure.people SET tried_at = clock_timestamp() WHERE erasure_id IN (
       SELECT erasure_id FROM erasure.people
        WHERE finished_at IS NULL AND requested_at < clock_timestamp() - make_interval(secs => $1)
        ORDER BY tried_at NULLS FIRST, requested_at LIMIT $2)
     RETURNING ${columns}`,
    [settleMs / 1_000, most],
  );
  return rows;
}

export async function readErasure(sql: SqlExecutor, id: string): Promise<Erasure | null> {
  const { rows } = await sql.query<Erasure>(`SELECT ${columns} FROM erasure.people WHERE erasure_id = $1`, [id]);
  return rows[0] ?? null;
}

export async function stepsOf(sql: SqlExecutor, id: string): Promise<readonly Step[]> {
  const { rows } = await sql.query<Step>(
    `SELECT service, after, contexts, ${time('done_at')} FROM erasure.steps WHERE erasure_id = $1 ORDER BY service`,
    [id],
  );
  return rows;
}

/** A service got so far; null: to the end. */
export async function moveStep(
  sql: SqlExecutor,
  id: string,
  service: string,
  { contexts, next }: { readonly contexts: number; readonly next: string | null },
): Promise<void> {
  await sql.query(
    `UPDATE erasure.steps SET contexts = contexts + $3, after = $4,
            done_at = CASE WHEN $4::text IS NULL THEN coalesce(done_at, clock_timestamp()) ELSE done_at END
      WHERE erasure_id = $1 AND service = $2`,
    [id, service, contexts, next],
  );
}

/** False when it was finished already. */
export async function finish(sql: SqlExecutor, id: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    'UPDATE erasure.people SET finished_at = clock_timestamp() WHERE erasure_id = $1 AND finished_at IS NULL',
    [id],
  );
  return rowCount === 1;
}
