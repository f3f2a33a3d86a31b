import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@cloud-images/service-kit';
import type pg from 'pg';

/** Something to be done now and then, by one process at a time. Says how much it did. */
export interface Chore {
  readonly name: string;
  /** Seconds between two times. */
  readonly every: number;
  run(signal: AbortSignal): Promise<number>;
}

/** One housekeeper per database; whoever else asks leaves it to that one. */
const housekeepingLock = 7_215_361_910;

/**
 * Does the chores that are due while this process holds the lead, which is a session's advisory lock: it ends with the
 * process. A chore that fails is tried again when it is next due; the others go on.
 */
export class Housekeeping {
  private readonly stopping = new AbortController();
  private readonly dueAt = new Map<string, number>();
  private running: Promise<void> | null = null;

  constructor(
    private readonly pool: pg.Pool,
    private readonly chores: readonly Chore[],
    private readonly log: Logger,
  ) {}

  start(): void {
    this.running ??= this.loop();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async loop(): Promise<void> {
    const pauseMs = Math.min(...this.chores.map(({ every }) => every)) * 1000;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.round();
      } catch (error) {
        this.log.warn({ err: error }, 'the housekeeping could not begin');
      }
      await sleep(pauseMs * (0.9 + Math.random() * 0.2), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Every chore that is due, unless another process does them. */
  async round(): Promise<void> {
    const client = await this.pool.connect();
    let failure: Error | undefined;
    try {
      const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [
        housekeepingLock,
      ]);
      if (rows[0]?.mine !== true) return;
      for (const chore of this.chores) await this.doIfDue(chore);
      await client.query('SELECT pg_advisory_unlock($1)', [housekeepingLock]);
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      // A connection that failed may still hold the lock: it is closed.
      client.release(failure);
    }
  }

  private async doIfDue({ name, every, run }: Chore): Promise<void> {
    const now = performance.now();
    if (this.stopping.signal.aborted || now < (this.dueAt.get(name) ?? 0)) return;
    // A little early counts, or a chore as frequent as the rounds would miss every other one.
    this.dueAt.set(name, now + every * 800);
    try {
      const done = await run(this.stopping.signal);
      if (done > 0) this.log.info({ event: 'housekeeping', chore: name, done }, `${name}: ${done}`);
    } catch (error) {
      this.log.warn({ err: error, chore: name }, `${name} could not be finished`);
    }
  }
}
