import type { Offer } from './offers.js';
import type { Task } from './task.js';

/** Why a task can't be done, as its owner is told. Thrown by runners; anything else is an outage (again later) or a fault. */
export class TaskFailure extends Error {
  override readonly name = 'TaskFailure';
}

/** One run of a task, for the one who does the work. */
export interface RunningTask {
  readonly task: Task;
  readonly run: number;
  /** Aborted when the task was cancelled, is another worker's now, or this one stops: then give up as soon as possible. */
  readonly signal: AbortSignal;
  /** So many bytes of so many were moved; as often as one likes. */
  progress(done: number, total: number): void;
}

/** What does one type of task. A new type is a file with its runner and a row in the table of them (runners.ts). */
export interface Runner extends Offer {
  /**
   * Does the task from its beginning, or goes on where a run before was cut off anywhere: however often it is called, there
   * is one outcome. Returns the task's result; throws `TaskFailure`, or a `Refusal` whose message the owner is told.
   */
  run(running: RunningTask): Promise<Record<string, unknown>>;
  /** Removes all that runs of a task have made which did not succeed. May be called at any time, and again. */
  discard(task: Task): Promise<void>;
}

export type Runners = ReadonlyMap<string, Runner>;
