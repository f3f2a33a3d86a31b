import type pg from 'pg';

/** What one round of a chore came to. */
export interface Round {
  readonly done: number;
  /** Where the next round goes on; null: nothing is left for now. */
  readonly next: string | null;
}

/** Something to be done now and then, in rounds: each does a bounded part, and soon ends when `signal` is aborted. */
export interface Chore {
  readonly name: string;
  /** `from`: where the round before ended; null: at the beginning. */
  run(signal: AbortSignal, from: string | null): Promise<Round>;
}

/** Beside a hash of the chore's name. */
const CHORE_LOCK = 7_218;
const roundMs = 10_000;

/**
 * The catalog's own work that nobody asked for, a round at a time. It has no timer: the task-worker's queue says when
 * (`POST /internal/chores/<name>`). A chore is done by one process at a time, by a session's advisory lock, which ends with the
 * process; and a process does one round at a time, which bounds the connections that they take.
 */
export class Housekeeping {
  private readonly stopping = new AbortController();
  private last: Promise<unknown> = Promise.resolve();
  private readonly underway = new Set<string>();
  private asked = performance.now();

  constructor(
    private readonly pool: pg.Pool,
    private readonly chores: readonly Chore[],
  ) {}

  find(name: string): Chore | undefined {
    return this.chores.find((chore) => chore.name === name);
  }

  /** Seconds since a round was asked for: much more than the time between two means that nobody keeps the house. */
  get silentSeconds(): number {
    return (performance.now() - this.asked) / 1_000;
  }

  /** Nothing is done, and nothing left to do, while another caller, or another process, is at this chore. */
  async round(chore: Chore, from: string | null): Promise<Round> {
    this.asked = performance.now();
    if (this.underway.has(chore.name)) return { done: 0, next: null };
    this.underway.add(chore.name);
    const turn = this.last.then(() => this.alone(chore, from));
    this.last = turn.catch(() => undefined);
    return turn.finally(() => this.underway.delete(chore.name));
  }

  /** The round under way ends soon, and none begins. */
  stop(): void {
    this.stopping.abort();
  }

  private async alone({ name, run }: Chore, from: string | null): Promise<Round> {
    const client = await this.pool.connect();
    let failure: Error | undefined;
    try {
      const lock = [CHORE_LOCK, name];
      const { rows } = await client.query<{ mine: boolean }>(
        'SELECT pg_try_advisory_lock($1, hashtext($2)) AS mine',
        lock,
      );
      if (rows[0]?.mine !== true) return { done: 0, next: null };
      const round = await run(AbortSignal.any([this.stopping.signal, AbortSignal.timeout(roundMs)]), from);
      await client.query('SELECT pg_advisory_unlock($1, hashtext($2))', lock);
      return round;
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      // A connection that failed may still hold the lock: it is closed.
      client.release(failure);
    }
  }
}
