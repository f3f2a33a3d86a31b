import { channel } from 'node:diagnostics_channel';
import { Refusal, taskStream, type EventMetadata } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { refusalOf, type Logger } from '@cloud-images/service-kit';
import type { TaskWorkerConfig } from '../config.js';
import { turnBegun } from '../task/project-turns.js';
import { TaskFailure, type Runner, type Runners } from '../task/runner.js';
import { isFinal, type Task, type TaskState } from '../task/task.js';
import { forgetLease, letTaskGo, takeTask } from '../task/task-leases.js';
import type { Tasks } from '../tokens.js';
import { Progress } from './progress.js';
import { beginRun, fail, reportProgress, succeed } from './run-task.js';
import { RunEnded, TaskLease } from './task-lease.js';

const taken = channel('cloud-images:task.taken');
const begun = channel('cloud-images:task.begun');
const done = channel('cloud-images:task.done');
const discarded = channel('cloud-images:task.discarded');
const ended = channel('cloud-images:task.ended');

const fault = 'The task could not be done, because of an error on our side.';
const diedTooOften = 'The task was given up: the worker ended each time that it was tried.';

export interface ExecutorParts {
  readonly tasks: Tasks;
  readonly sql: SqlExecutor;
  readonly runners: Runners;
  readonly config: Pick<TaskWorkerConfig, 'taskLeaseSeconds' | 'taskExpirySeconds' | 'mostTaskRuns'>;
  /** Which worker this is: host and process. */
  readonly worker: string;
  readonly log: Logger;
}

/**
 * Works on one task: takes it by a lease, does it, records how it ended. Whoever dies anywhere in here leaves a task that
 * another worker begins again once the lease has run out. Returns when nothing is left to do; throws when it is to be
 * tried again.
 */
export class Executor {
  constructor(private readonly parts: ExecutorParts) {}

  async run(taskId: string, turn: number, stopping: AbortSignal): Promise<void> {
    const { sql, config, tasks } = this.parts;
    const run = await takeTask(sql, taskId, config.taskLeaseSeconds);
    if (run === null) throw new Error('another worker has this task');
    taken.publish(undefined);
    await turnBegun(sql, turn);
    const lease = new TaskLease({ sql, taskId, run, seconds: config.taskLeaseSeconds, stopping });
    try {
      const { state } = await tasks.handle({
        stream: taskStream(taskId),
        metadata: await this.metadata(taskId),
        decide: (known) => beginRun({ run, worker: this.parts.worker }, known),
      });
      if (state.exists && !state.expired) await this.bringToItsEnd(state, run, lease);
      await forgetLease(sql, taskId);
    } catch (error) {
      await letTaskGo(sql, taskId, run).catch(() => undefined);
      throw error;
    } finally {
      lease.release();
    }
  }

  private async bringToItsEnd(task: Task, run: number, lease: TaskLease): Promise<void> {
    const runner = this.parts.runners.get(task.type);
    if (runner === undefined) {
      await this.fail(task, run, 'This service does not know this type of task.');
    } else if (isFinal(task)) {
      // It was cancelled, or a worker died between its end and here.
      await this.discardUnlessDone(task, runner);
    } else if (run > this.parts.config.mostTaskRuns) {
      await this.discard(task, runner);
      await this.fail(task, run, diedTooOften);
    } else {
      begun.publish(undefined);
      await this.work(task, runner, run, lease);
    }
    ended.publish(undefined);
  }

  private async work(task: Task, runner: Runner, run: number, { signal }: TaskLease): Promise<void> {
    const progress = new Progress((percent, bytes) =>
      this.record(task, (state) => reportProgress({ run, percent, bytes }, state)),
    );
    const ending = (now: string) => ({ run, now, expirySeconds: this.parts.config.taskExpirySeconds });
    try {
      const result = await runner.run({ task, run, signal, progress: (at, total) => progress.reached(at, total) });
      done.publish(undefined);
      await progress.settled();
      const after = await this.record(task, (state, { now }) => succeed(ending(now), result, state));
      if (!after.exists || !isFinal(after)) throw new RunEnded('lost');
      // It was cancelled at the last moment: then nothing of it stays.
      await this.discardUnlessDone(after, runner);
    } catch (error) {
      const why = signal.aborted ? (signal.reason as RunEnded).why : null;
      if (why === 'cancelled') return this.discard(task, runner);
      const message = why === null ? this.told(error, task) : null;
      if (message === null) throw error;
      await progress.settled();
      await this.discard(task, runner);
      await this.fail(task, run, message);
    }
  }

  private async fail(task: Task, run: number, message: string): Promise<void> {
    const { taskExpirySeconds: expirySeconds } = this.parts.config;
    await this.record(task, (state, { now }) => fail({ run, now, expirySeconds }, message, state));
  }

  private async discardUnlessDone(task: Task, runner: Runner): Promise<void> {
    if (task.status !== 'success') await this.discard(task, runner);
  }

  private async discard(task: Task, runner: Runner): Promise<void> {
    await runner.discard(task);
    discarded.publish(undefined);
  }

  /** What the owner is told; null when it is to be tried again. */
  private told(error: unknown, task: Task): string | null {
    if (error instanceof TaskFailure) return error.message;
    if (error instanceof RunEnded) return null;
    const refusal = refusalOf(error);
    if (refusal.code === 'unavailable' || refusal.code === 'conflict') return null;
    if (error instanceof Refusal || refusal.code === 'storage-full') return refusal.message;
    this.parts.log.error({ err: error, task: task.id, request_id: task.requestId }, 'a task failed by a fault');
    return fault;
  }

  private async record(task: Task, decide: Parameters<Tasks['handle']>[0]['decide']): Promise<TaskState> {
    const metadata = metadataOf(task);
    const { state } = await this.parts.tasks.handle({ stream: taskStream(task.id), metadata, decide });
    return state;
  }

  private async metadata(taskId: string): Promise<EventMetadata> {
    const { state } = await this.parts.tasks.load(taskStream(taskId));
    return metadataOf(state);
  }
}

/** The worker speaks in its own name, as part of the request that asked for the task. */
export function metadataOf(task: TaskState): EventMetadata {
  const [requestId, correlationId] = task.exists ? [task.requestId, task.correlationId] : ['none', 'none'];
  return {
    actor: { user: 'task-worker', project: null, roles: [], via: 'task-worker' },
    request_id: requestId,
    correlation_id: correlationId,
  };
}
