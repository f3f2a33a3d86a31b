import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

export interface ForgetOptions {
  readonly pool: Pick<pg.Pool, 'query'>;
  /** How long it is known who a request came from, days. */
  readonly days: number;
  readonly onForgotten?: (contexts: number) => void;
  readonly onError?: (error: unknown) => void;
}

const FORGET_LOCK = 7_215_361_911;
const DAY_MS = 86_400_000;
const RETRY_MS = 600_000;
/** So many at once that no statement comes near its time limit. */
const BATCH = 5_000;

/**
 * Removes what names people and is older: their events keep a digest whose salt goes with the row, so that nobody can try
 * who it may have been. Of two that do it at once one leaves it to the other. Returns how many went.
 */
export async function forgetRequestContexts(
  pool: Pick<pg.Pool, 'query'>,
  days: number,
  signal?: AbortSignal,
): Promise<number> {
  let forgotten = 0;
  while (!signal?.aborted) {
    const { rowCount } = await pool.query(
      `WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($2) AS mine)
       DELETE FROM log.request_contexts WHERE request_id IN (
         SELECT request_id FROM log.request_contexts, turn
          WHERE turn.mine AND recorded_at < now() - make_interval(days => $1) LIMIT ${BATCH})`,
      [days, FORGET_LOCK],
    );
    forgotten += rowCount ?? 0;
    if ((rowCount ?? 0) < BATCH) break;
  }
  return forgotten;
}

/** Does it now and once a day; soon again after a failure. */
export function startForgetting({ pool, days, onForgotten, onError }: ForgetOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = async () => {
    while (!signal.aborted) {
      let wait = DAY_MS;
      try {
        const forgotten = await forgetRequestContexts(pool, days, signal);
        if (forgotten > 0) onForgotten?.(forgotten);
      } catch (error) {
        wait = RETRY_MS;
        onError?.(error);
      }
      // Two instances that were started together need not come together for ever.
      await sleep(wait * (0.9 + Math.random() * 0.1), undefined, { signal }).catch(() => undefined);
    }
  };
  const running = loop();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
