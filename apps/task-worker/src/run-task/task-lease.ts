import type { SqlExecutor } from '@cloud-images/event-store';
import { keepTask } from '../task/task-leases.js';

/** Why a run ends before its work does. */
export class RunEnded extends Error {
  override readonly name = 'RunEnded';

  constructor(readonly why: 'cancelled' | 'lost' | 'stopping') {
    super(`the run ended: ${why}`);
  }
}

export interface LeaseOptions {
  readonly sql: SqlExecutor;
  readonly taskId: string;
  readonly run: number;
  readonly seconds: number;
  /** The worker stops. */
  readonly stopping: AbortSignal;
}

/** Keeps a task while it is worked on: renews its lease every third of it, and says by `signal` when the work is in vain. */
export class TaskLease {
  private readonly ended = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly onStop = () => this.end('stopping');
  private keptAt = performance.now();
  private asking = false;

  constructor(private readonly options: LeaseOptions) {
    this.timer = setInterval(() => void this.keep(), (options.seconds * 1_000) / 3);
    options.stopping.addEventListener('abort', this.onStop);
    if (options.stopping.aborted) this.onStop();
  }

  get signal(): AbortSignal {
    return this.ended.signal;
  }

  release(): void {
    clearInterval(this.timer);
    this.options.stopping.removeEventListener('abort', this.onStop);
  }

  private async keep(): Promise<void> {
    const { sql, taskId, run, seconds } = this.options;
    const asked = performance.now();
    // While nobody answers, another worker may have taken the task.
    if (asked - this.keptAt >= seconds * 1_000) this.end('lost');
    if (this.asking) return;
    this.asking = true;
    try {
      const kept = await keepTask(sql, taskId, run, seconds);
      if (kept === 'kept') this.keptAt = asked;
      else this.end(kept === 'final' ? 'cancelled' : 'lost');
    } catch {
      // Asked again at the next turn, until the lease has run out.
    } finally {
      this.asking = false;
    }
  }

  private end(why: RunEnded['why']): void {
    this.release();
    this.ended.abort(new RunEnded(why));
  }
}
