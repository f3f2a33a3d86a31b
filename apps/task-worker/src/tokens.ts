import type { TaskEvent } from '@cloud-images/contracts';
import type { Handler } from '@cloud-images/event-store';
import type { TaskState } from './task/task.js';

/** Commands on tasks: `Tasks`. */
export const TASKS = Symbol('tasks');
export type Tasks = Handler<TaskState, TaskEvent>;

/** The log, to be read: `EventStore`. */
export const EVENT_STORE = Symbol('event store');

/** The whole log in its order: `LogReader`. */
export const LOG_READER = Symbol('log reader');

/** Statements outside of any transaction: a `SqlExecutor`. */
export const SQL = Symbol('sql');

/** What waits for a worker: `TaskQueue`. */
export const QUEUE = Symbol('queue');

/** The service that knows the images: `Catalog`. */
export const CATALOG = Symbol('catalog');

/** Gets what callers name: `SafeFetcher`. */
export const FETCHER = Symbol('fetcher');

/** What can be asked for: `Offers`. */
export const OFFERS = Symbol('offers');
