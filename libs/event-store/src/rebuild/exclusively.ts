import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { failureCode, lockTimeout } from '../postgres/failures.js';
import { REBUILD_LOCK } from '../postgres/transaction.js';
import { PATIENCE_MS } from './session.js';

/** So much was written meanwhile that applying it would make commands wait too long: follow the log and try again. */
export class TooFarBehind extends Error {
  override readonly name = 'TooFarBehind';
}

const MOST_ATTEMPTS = 100;
/** Commands queue behind a waiting swap: it would rather wait often than long. */
const LOCK_TIMEOUT_MS = 100;
/** A process that stops in the middle must not hold commands up: their own statements end after 10 s. */
const MOST_MS = 5_000;

const limits = `SELECT set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false),
  set_config('idle_session_timeout', $2, false), set_config('idle_in_transaction_session_timeout', $2, false)`;

export interface Exclusive<T> {
  readonly result: T;
  /** How long commands had to wait at most. */
  readonly pausedMs: number;
}

/**
 * Runs `work` while nobody writes the read model: writers hold the lock in its shared form from before their first look
 * until their commit, so that every event there is has committed with its rows. The lock is the session's: it outlives
 * the transactions of `work`, and ends with the connection. `follow` comes before each attempt.
 */
export async function exclusively<T>(
  session: pg.Client,
  follow: () => Promise<void>,
  work: () => Promise<T>,
): Promise<Exclusive<T>> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    await follow();
    const done = await once(session, work);
    if (done) return done;
    await sleep(20 + Math.random() * 20 * Math.min(attempt, 20));
  }
  throw new Error(
    'so much is being written that the rebuilt read model could not catch up; try again at a calmer time',
  );
}

async function once<T>(session: pg.Client, work: () => Promise<T>): Promise<Exclusive<T> | undefined> {
  await session.query(limits, [`${LOCK_TIMEOUT_MS}ms`, `${MOST_MS}ms`]);
  try {
    const began = performance.now();
    if (!(await lock(session))) return undefined;
    let result: T;
    try {
      result = await work();
    } finally {
      await session.query('SELECT pg_advisory_unlock($1)', [REBUILD_LOCK]);
    }
    return { result, pausedMs: performance.now() - began };
  } catch (error) {
    if (error instanceof TooFarBehind) return undefined;
    throw error;
  } finally {
    await session.query(limits, [`${PATIENCE_MS}ms`, '0']).catch(() => undefined);
  }
}

async function lock(session: pg.Client): Promise<boolean> {
  try {
    await session.query('SELECT pg_advisory_lock($1)', [REBUILD_LOCK]);
    return true;
  } catch (error) {
    if (failureCode(error) === lockTimeout) return false;
    throw error;
  }
}
