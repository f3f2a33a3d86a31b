import type { SqlExecutor } from '@cloud-images/event-store';
import type { Logger } from '@cloud-images/service-kit';
import { PgBoss } from 'pg-boss';
import { nextTurn } from '../task/project-turns.js';
import type { Task } from '../task/task.js';
import { choresQueue, queueSchema, tasksQueue } from './names.js';

export interface QueueOptions {
  readonly connectionString: string;
  readonly applicationName: string;
  /** Tasks at once in this process; 0: none. */
  readonly concurrency: number;
  /** Tasks of one project at once, in all processes. */
  readonly perProject: number;
  /** A job that nobody holds a lease of for so long belongs to a worker that is dead. */
  readonly leaseSeconds: number;
  readonly sql: SqlExecutor;
  readonly log: Logger;
}

export type Work = (taskId: string, turn: number) => Promise<void>;

/** Something to be done now and then, by one process at a time. Says how much it did. */
export interface Chore {
  readonly name: string;
  /** Seconds between two times. */
  readonly every: number;
  /** `signal`: the worker stops, or the chore has taken too long. */
  run(signal: AbortSignal): Promise<number>;
}

/** The database says when there is new work; what is to be tried again is looked for so often. */
const pollSeconds = 1;
const stopMs = 5_000;
/** Chores in one process: one that takes long must not keep the others waiting. */
const choresAtOnce = 3;

interface Waiting {
  readonly turn: number;
}

/**
 * What waits for a worker: pg-boss, in the database of the log, so that a job is there exactly when its task is. Jobs come
 * by turn of their project. Who may work on one is decided by our lease, not here.
 */
export class TaskQueue {
  private readonly boss: PgBoss;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly stopping = new AbortController();
  private readonly busyWith = new Set<Chore>();

  constructor(private readonly options: QueueOptions) {
    const { connectionString, applicationName, concurrency, log } = options;
    this.boss = new PgBoss({
      ...{ connectionString, application_name: applicationName, max: Math.min(10, 2 + concurrency) },
      ...{ schema: queueSchema, migrate: false, createSchema: false, schedule: false },
      // Owners' work, and what our own gauges say.
      ...{ reindex: false, monitorVacuum: false, registerInstance: false },
      useListenNotify: concurrency > 0,
      superviseIntervalSeconds: 60,
    });
    this.boss.on('error', (error) => log.warn({ err: error }, 'the queue could not go on; it tries again'));
  }

  async start(): Promise<void> {
    await this.boss.start();
  }

  /** In the transaction of the task's first event, behind it. */
  async add(sql: SqlExecutor, { id, owner }: Task): Promise<void> {
    const turn = await nextTurn(sql, owner);
    const waiting: Waiting = { turn };
    await this.boss.send(tasksQueue, waiting, {
      ...{ id, priority: -turn, group: { id: owner } },
      db: { executeSql: (text, values) => sql.query<never>(text, values) },
    });
  }

  /** Hands out tasks until `stop`. What throws is handed out again, later each time, up to a minute. */
  async work(work: Work): Promise<void> {
    const { concurrency, perProject, leaseSeconds } = this.options;
    for (let n = 0; n < concurrency; n += 1) {
      const id: string = await this.boss.work<Waiting>(
        tasksQueue,
        {
          ...{ batchSize: 1, groupConcurrency: perProject },
          ...{ pollingIntervalSeconds: pollSeconds, notifyPollingIntervalSeconds: pollSeconds },
        },
        async ([job]) => {
          if (job === undefined) return;
          try {
            await work(job.id, job.data.turn);
          } finally {
            // The next one at once: the library would wait until its next look.
            this.boss.notifyWorker(id);
          }
        },
      );
    }
    if (concurrency > 0)
      this.every((leaseSeconds * 1_000) / 5, () => this.reviveLost(), 'lost tasks could not be found');
  }

  /** Each chore is done by one process, once in its time; again, later and later, when it could not be done. */
  async doChores(chores: readonly Chore[]): Promise<void> {
    const byName = new Map(chores.map((chore) => [chore.name, chore]));
    for (let n = 0; n < choresAtOnce; n += 1) {
      const id: string = await this.boss.work<{ readonly chore: string }>(
        choresQueue,
        { batchSize: 1, pollingIntervalSeconds: pollSeconds },
        async ([job]) => {
          if (job === undefined) return;
          try {
            await this.doChore(byName.get(job.data.chore), job.signal);
          } finally {
            this.boss.notifyWorker(id);
          }
        },
      );
    }
    for (const chore of chores) {
      this.every(chore.every * 1_000, () => this.plan(chore), `${chore.name} could not be planned`);
    }
  }

  /** To be done now, unless it was already in this time. */
  async plan({ name: chore, every }: Pick<Chore, 'name' | 'every'>): Promise<void> {
    await this.boss.send(choresQueue, { chore }, { singletonKey: chore, singletonSeconds: every });
  }

  private async doChore(chore: Chore | undefined, late: AbortSignal): Promise<void> {
    // One that takes longer than its time is not begun a second time beside itself.
    if (chore === undefined || this.busyWith.has(chore)) return;
    const { log } = this.options;
    this.busyWith.add(chore);
    try {
      const done = await chore.run(AbortSignal.any([late, this.stopping.signal]));
      if (done > 0) log.info({ event: 'chore', chore: chore.name, done }, `${chore.name}: ${done}`);
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      log.warn({ err: error, chore: chore.name }, `${chore.name} could not be done; it is tried again`);
      throw error;
    } finally {
      this.busyWith.delete(chore);
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const timer of this.timers) clearInterval(timer);
    await this.boss.stop({ graceful: true, timeout: stopMs });
  }

  /**
   * Jobs of workers that died: taken so long ago that their lease, if they ever got one, has run out. They are handed out
   * again; one that somebody works on meanwhile is protected by its lease.
   */
  private async reviveLost(): Promise<void> {
    const { rows } = await this.options.sql.query<{ id: string }>(
      `SELECT job.id::text AS id FROM ${queueSchema}.job
       WHERE job.name = $1 AND job.state = 'active' AND job.started_on < clock_timestamp() - make_interval(secs => $2)
       AND NOT EXISTS (
         SELECT 1 FROM log.task_leases AS lease WHERE lease.task_id = job.id AND lease.lease_until > clock_timestamp()
       ) LIMIT 100`,
      [tasksQueue, this.options.leaseSeconds],
    );
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id);
    this.options.log.warn({ event: 'tasks-revived', tasks: ids }, 'tasks of a dead worker are begun again');
    await this.boss.fail(tasksQueue, ids);
  }

  private every(ms: number, what: () => Promise<void>, orElse: string): void {
    const { log } = this.options;
    let busy = false;
    const turn = () => {
      if (busy) return;
      busy = true;
      what()
        .catch((error: unknown) => log.warn({ err: error }, orElse))
        .finally(() => (busy = false));
    };
    // At once, too: a process that lives for less than an hour still has its turn at what is due each hour.
    turn();
    this.timers.push(setInterval(turn, ms));
  }
}
