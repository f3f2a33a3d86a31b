import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable, transactOn, type PostgresEventStore, type SqlExecutor } from '@cloud-images/event-store';
import { Frontier } from '@cloud-images/ledger';
import type { Arrival } from './arrival.js';
import { advance, type Progress } from './completeness.js';
import { readKnown, sizeOf } from './known.query.js';
import { planBatch, type Outcome, type Plan } from './plan-batch.js';
import { KEPT_LEVELS, readFrontier } from './tree.query.js';
import { writeDivergence, writeLeaves, writeProgress, type Completed } from './write-batch.query.js';

export type LedgerPool = PostgresEventStore['pool'];

export interface SealerOptions {
  readonly pool: LedgerPool;
  readonly onSealed?: (leaves: Plan['leaves']) => void;
  /** A service has another event at a place that is sealed. */
  readonly onDivergence?: (arrival: Arrival) => void;
}

interface Waiting {
  readonly arrivals: readonly Arrival[];
  readonly done: (outcomes: readonly Outcome[]) => void;
  readonly failed: (error: unknown) => void;
}

/** Whoever appends to the ledger or signs its size holds this: leaves are numbered one after the other. */
const LEDGER_LOCK = 7_215_361_920;
const MOST_IN_BATCH = 1_000;
/**
 * From one batch to the next, unless so much waits that it is worth one: a transaction costs more than its events. The pace
 * follows what comes: 25 ms up to 50 a second, 100 ms from 200.
 */
const PACE_MS = { least: 25, most: 100 };
const REST_PER_RATE = 500;
const WORTH_A_BATCH = 100;

/**
 * Appends to the ledger. What arrives while a transaction is under way goes into the next one together, so that a commit
 * is paid once for many. Several processes may do it at once: they take turns.
 */
export class Sealer {
  private readonly waiting: Waiting[] = [];
  private working = false;
  private began = -Infinity;
  private pace: number = PACE_MS.least;
  /** As of the last commit of ours; another process may have appended since. */
  private edge = Frontier.empty();

  constructor(private readonly options: SealerOptions) {}

  /** Resolves when what became of each is committed. Throws `StoreUnavailable`. */
  take(arrivals: readonly Arrival[]): Promise<readonly Outcome[]> {
    return new Promise((done, failed) => {
      this.waiting.push({ arrivals, done, failed });
      if (!this.working) void this.work();
    });
  }

  /** Runs `work` while nobody appends, with the tree as it is committed. */
  async exclusively<T>(work: (sql: SqlExecutor, edge: Frontier) => Promise<T>): Promise<T> {
    return transactOn(this.options.pool, async (sql) => {
      lock(sql);
      return work(sql, await this.edgeAt(sql, await sizeOf(sql)));
    });
  }

  private async work(): Promise<void> {
    this.working = true;
    // What arrives in the same turn goes together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      await this.gather();
      this.began = performance.now();
      await this.settle(this.next());
    }
    this.working = false;
  }

  private async gather(): Promise<void> {
    const rest = this.began + this.pace - performance.now();
    if (rest > 0 && this.count < WORTH_A_BATCH) await sleep(rest);
    const perMs = this.count / (performance.now() - this.began);
    this.pace = Math.min(Math.max(perMs * REST_PER_RATE, PACE_MS.least), PACE_MS.most);
  }

  /** Of the arrivals that wait. */
  private get count(): number {
    return this.waiting.reduce((sum, { arrivals }) => sum + arrivals.length, 0);
  }

  /** Of a batch that fails for what one of them is, the others are sealed all the same. */
  private async settle(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.seal(batch.flatMap(({ arrivals }) => arrivals));
      let at = 0;
      for (const { arrivals, done } of batch) done(outcomes.slice(at, (at += arrivals.length)));
    } catch (error) {
      const [first, ...others] = batch;
      if (others.length === 0 || error instanceof StoreUnavailable) {
        for (const { failed } of batch) failed(error);
        return;
      }
      await this.settle([first as Waiting]);
      for (const one of others) await this.settle([one]);
    }
  }

  private next(): Waiting[] {
    const batch: Waiting[] = [];
    for (let count = 0; this.waiting[0] !== undefined; batch.push(this.waiting.shift() as Waiting)) {
      count += this.waiting[0].arrivals.length;
      if (batch.length > 0 && count > MOST_IN_BATCH) break;
    }
    return batch;
  }

  private async seal(arrivals: readonly Arrival[]): Promise<readonly Outcome[]> {
    if (arrivals.length === 0) return [];
    const { pool, onSealed, onDivergence } = this.options;
    const { plan, edge } = await transactOn(pool, (sql) => this.append(sql, arrivals));
    this.edge = edge;
    if (plan.leaves.length > 0) onSealed?.(plan.leaves);
    plan.outcomes.forEach((outcome, at) => {
      if (outcome === 'diverged') onDivergence?.(arrivals[at] as Arrival);
    });
    return plan.outcomes;
  }

  private async append(sql: SqlExecutor, arrivals: readonly Arrival[]): Promise<{ plan: Plan; edge: Frontier }> {
    lock(sql);
    const { known, progress } = await readKnown(sql, arrivals);
    const plan = planBatch(arrivals, known);
    const edge = await this.edgeAt(sql, known.size);
    const completed: Completed[] = [];
    for (const { hash } of plan.leaves) {
      edge.append(hash, (level, index, of) => {
        if (level % KEPT_LEVELS === 0) completed.push({ level, index, hash: of });
      });
    }
    writeLeaves(sql, plan, completed);
    const taken = arrivals.filter((_, at) => !['gap', 'doubtful'].includes(plan.outcomes[at] as Outcome));
    arrivals.forEach((arrival, at) => {
      if (plan.outcomes[at] === 'diverged') writeDivergence(sql, arrival);
    });
    const after = new Map(
      [...progress].map(([log, had]): [string, Progress] => [
        log,
        advance(
          had,
          taken.filter((arrival) => arrival.log === log),
        ),
      ]),
    );
    writeProgress(sql, progress, after);
    return { plan, edge };
  }

  /** A copy, so that a transaction that fails leaves nothing behind. */
  private async edgeAt(sql: SqlExecutor, size: number): Promise<Frontier> {
    return this.edge.size === size ? this.edge.copy() : readFrontier(sql, size);
  }
}

/** In a statement of its own: those behind it see what was committed before the lock was free. */
function lock(sql: SqlExecutor): void {
  void sql.query('SELECT pg_advisory_xact_lock($1)', [LEDGER_LOCK], 'ledger_lock');
}
