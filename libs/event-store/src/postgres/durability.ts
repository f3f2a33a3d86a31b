import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isUnavailable } from './failures.js';

/** What an acknowledged write stands on: with any of these off, a crash of the server may lose or tear it. */
const demanded: Readonly<Record<string, { readonly forbidden: string; readonly wanted: string }>> = {
  fsync: { forbidden: 'off', wanted: 'on' },
  full_page_writes: { forbidden: 'off', wanted: 'on' },
  synchronous_commit: { forbidden: 'off', wanted: 'on, or at least local' },
};

/** A server that comes up at the same time, or is slow with its first connections, is waited for. */
const patienceMs = 15_000;
const pauseMs = 250;

/**
 * The first question to a server. Throws, naming every setting at once, unless it keeps what it acknowledged to us over a
 * crash; and what the driver says when it is not there in time.
 */
export async function assertDurable(pool: Pick<pg.Pool, 'query'>, withinMs = patienceMs): Promise<void> {
  const rows = await settings(pool, Date.now() + withinMs);
  const problems = rows.flatMap(({ name, setting }) => {
    const { forbidden, wanted } = demanded[name] as { forbidden: string; wanted: string };
    return setting === forbidden ? [`${name} is ${setting}, it must be ${wanted}`] : [];
  });
  if (problems.length === 0) return;
  throw new Error(`the database would lose acknowledged writes in a crash: ${problems.join('; ')}`);
}

interface Setting {
  readonly name: string;
  readonly setting: string;
}

async function settings(pool: Pick<pg.Pool, 'query'>, until: number): Promise<readonly Setting[]> {
  for (;;) {
    try {
      const { rows } = await pool.query<Setting>(
        'SELECT name, setting FROM pg_settings WHERE name = ANY ($1) ORDER BY name',
        [Object.keys(demanded)],
      );
      return rows;
    } catch (error) {
      if (!isUnavailable(error) || Date.now() + pauseMs > until) throw error;
      await sleep(pauseMs);
    }
  }
}
