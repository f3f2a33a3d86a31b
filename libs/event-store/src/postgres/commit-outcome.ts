import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isUnavailable } from './failures.js';

/** An append whose COMMIT went unanswered. */
export interface LostCommit {
  readonly stream: string;
  readonly version: number;
  readonly eventId: string;
  /** Process id of the backend that the COMMIT was sent to. */
  readonly backend: number;
}

/** `taken`: another event has the place. `unknown`: the database did not answer within the time there was to ask. */
export type CommitOutcome = 'recorded' | 'taken' | 'not-recorded' | 'unknown';

const PATIENCE_MS = 10_000;
/** So long a backend may finish what it was sent. */
const GRACE_MS = 1_000;

/**
 * Looks whether the log has the event. That it has not counts only once the backend is gone: until then a COMMIT that
 * is still on its way would be obeyed. So the backend, which serves nobody any more, is told to go after a grace.
 */
export async function settleCommit(pool: pg.Pool, lost: LostCommit): Promise<CommitOutcome> {
  const start = Date.now();
  for (let waited = 0; waited < PATIENCE_MS; waited = Date.now() - start) {
    try {
      // In this order: what a backend commits before it goes is seen by the look that follows.
      const isGone = await backendIsGone(pool, lost.backend, waited > GRACE_MS);
      const eventId = await eventAt(pool, lost);
      if (eventId !== undefined) return eventId === lost.eventId ? 'recorded' : 'taken';
      if (isGone) return 'not-recorded';
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
    await sleep(50);
  }
  return 'unknown';
}

// A role may end its own sessions. Another database's or role's session under this id means that ours is gone.
async function backendIsGone(pool: pg.Pool, backend: number, dismiss: boolean): Promise<boolean> {
  const { rowCount } = await pool.query(
    `SELECT CASE WHEN $2 THEN pg_terminate_backend(pid) END FROM pg_stat_activity
      WHERE pid = $1 AND datname = current_database() AND usename = current_user`,
    [backend, dismiss],
  );
  return rowCount === 0;
}

async function eventAt(pool: pg.Pool, { stream, version }: LostCommit): Promise<string | undefined> {
  const { rows } = await pool.query<{ event_id: string }>(
    'SELECT event_id::text AS event_id FROM log.events WHERE stream = $1 AND version = $2',
    [stream, version],
  );
  return rows[0]?.event_id;
}
