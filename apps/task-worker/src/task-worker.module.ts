import type { DynamicModule, Type } from '@nestjs/common';
import type { SafeFetcher } from '@cloud-images/safe-fetch';
import { topicOf } from '@cloud-images/contracts';
import {
  logReader,
  personEraser,
  requestContextReader,
  type PostgresEventStore,
  type SqlExecutor,
} from '@cloud-images/event-store';
import { ErasePerson, PERSON_ERASER, ReadRequestContexts, REQUEST_CONTEXTS } from '@cloud-images/service-kit';
import type { Catalog } from './catalog.js';
import { CancelTask } from './cancel-task/cancel-task.http.js';
import type { CloudFiles } from './cloud-files/cloud-files.js';
import { cloudFilesControllers, cloudFilesProvider } from './cloud-files/cloud-files.module.js';
import { DescribeApi } from './describe-api/describe-api.http.js';
import { ImportData } from './import-data/import-data.http.js';
import { ListImageTasks } from './list-image-tasks/list-image-tasks.http.js';
import { ListTasks } from './list-tasks/list-tasks.http.js';
import type { TaskQueue } from './queue/task-queue.js';
import { ReadEvents } from './read-events/read-events.http.js';
import { RequestTask } from './request-task/request-task.http.js';
import { ShowSchema } from './show-schema/show-schema.http.js';
import { ShowTask } from './show-task/show-task.http.js';
import type { Offers } from './task/offers.js';
import { CATALOG, EVENT_STORE, FETCHER, LOG_READER, OFFERS, QUEUE, SQL, TASKS, type Tasks } from './tokens.js';

const slices: Type[] = [
  RequestTask,
  ListTasks,
  ShowTask,
  CancelTask,
  ShowSchema,
  DescribeApi,
  ReadEvents,
  ReadRequestContexts,
  ErasePerson,
];
const imports: Type[] = [ImportData, ListImageTasks];

export interface TaskWorkerParts {
  readonly store: PostgresEventStore;
  readonly sql: SqlExecutor;
  readonly tasks: Tasks;
  readonly queue: TaskQueue;
  readonly offers: Offers;
  /** Null where users' objects are in a Swift. */
  readonly files: CloudFiles | null;
  readonly catalog: Catalog;
  readonly fetcher: SafeFetcher;
}

export class TaskWorkerModule {
  static with({ store, sql, tasks, queue, offers, files, catalog, fetcher }: TaskWorkerParts): DynamicModule {
    return {
      module: TaskWorkerModule,
      controllers: [...slices, ...imports, ...(files === null ? [] : cloudFilesControllers)],
      providers: [
        ...(files === null ? [] : [cloudFilesProvider(files)]),
        { provide: CATALOG, useValue: catalog },
        { provide: FETCHER, useValue: fetcher },
        { provide: TASKS, useValue: tasks },
        { provide: QUEUE, useValue: queue },
        { provide: OFFERS, useValue: offers },
        { provide: SQL, useValue: sql },
        { provide: EVENT_STORE, useValue: store },
        { provide: LOG_READER, useValue: logReader(store.pool, topicOf.task) },
        { provide: REQUEST_CONTEXTS, useValue: requestContextReader(store.pool) },
        { provide: PERSON_ERASER, useValue: personEraser(store.pool) },
      ],
    };
  }
}
