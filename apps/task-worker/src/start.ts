import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { createBlobStore } from '@cloud-images/blobs';
import { topicOf } from '@cloud-images/contracts';
import {
  assertDurable,
  assertOwnLog,
  createHandler,
  createPostgresEventStore,
  forgetAnswers,
  logGauges,
  poolExecutor,
  poolGauges,
  startForgetting,
  startRelay,
  tracedHandler,
  type Relay,
} from '@cloud-images/event-store';
import { SafeFetcher } from '@cloud-images/safe-fetch';
import { busOptions, createMessageBus, patientPublisher, tracedBus } from '@cloud-images/messaging';
import {
  assertSchemaVersion,
  bootService,
  IdentitySigner,
  logger,
  Metrics,
  ServiceClient,
  startTracing,
  type RunningService,
} from '@cloud-images/service-kit';
import { catalogChores } from './catalog-chores.js';
import { Catalog } from './catalog.js';
import type { CloudFiles } from './cloud-files/cloud-files.js';
import { fileChores } from './cloud-files/file-chores.js';
import { TaskObjects } from './cloud-files/objects.js';
import type { TaskWorkerConfig } from './config.js';
import { convertApart } from './conversion/convert-apart.js';
import { convertHere } from './conversion/convert-here.js';
import { Converter } from './conversion/converter.js';
import { expireTasks } from './expire-tasks/expiry-chore.js';
import { migrations } from './migrations/index.js';
import { TaskQueue } from './queue/task-queue.js';
import { forgetImports } from './read-model/image-imports.query.js';
import { tasksProjection } from './read-model/tasks.projection.js';
import { SwiftClient } from './swift/swift-client.js';
import { SwiftObjects, type SwiftObjectsOptions } from './swift/swift-objects.js';
import { Executor } from './run-task/executor.js';
import { runnersOf } from './runners.js';
import type { Runners } from './task/runner.js';
import { taskAggregate } from './task/task.js';
import { taskGauges } from './task-gauges.js';
import { TaskWorkerModule } from './task-worker.module.js';

const name = 'task-worker';
/** Between two looks for remembered answers whose time is over. */
const answersSeconds = 3_600;
const choreRoundMs = 120_000;

/** Puts the task-worker together and opens it. `others`: types of tasks beside those of the service, for tests. */
export async function startTaskWorker(
  config: Readonly<TaskWorkerConfig>,
  others: Runners = new Map(),
): Promise<RunningService> {
  const log = logger(name, config.logLevel);
  const metrics = new Metrics(name);
  const tracing = await startTracing(name, config, log);
  const { databaseUrl: connectionString } = config;
  const store = createPostgresEventStore({ connectionString, applicationName: name, max: config.databasePoolSize });
  const sql = poolExecutor(store.pool);
  const handler = createHandler({ store, aggregate: taskAggregate, projections: [tasksProjection] });
  const tasks = tracedHandler(handler, tracing);
  const blobs = createBlobStore(config.blobStore());
  const files: CloudFiles = {
    ...{ sql, blobs },
    leaseSeconds: config.objectLeaseSeconds,
    graceSeconds: config.objectGraceSeconds,
    maxObjectBytes: config.maxObjectBytes,
  };
  const untraced = createMessageBus(
    busOptions(config, name, (error) => log.warn({ err: error }, 'the bus is away; what needs it tries again')),
  );
  const bus = tracedBus(untraced, tracing);
  const publisher = patientPublisher(bus, topicOf.task, config.kafkaPartitions);
  const queue = new TaskQueue({
    ...{ connectionString, applicationName: `${name} queue`, sql, log },
    ...{ concurrency: config.taskConcurrency, perProject: config.tasksPerProject },
    leaseSeconds: config.taskLeaseSeconds,
  });
  const client = new ServiceClient(config.catalogUrl);
  const signer = new IdentitySigner(readFileSync(config.serviceKey, 'utf8'), name);
  const catalog = new Catalog(client, signer);
  // A round of a chore takes longer than people are kept waiting, and some wait for each other.
  const choreClient = new ServiceClient(config.catalogUrl, { connections: 4, timeoutMs: choreRoundMs });
  const converter = converterOf(config);
  const swift = swiftOf(config);
  const objects = swift === null ? new TaskObjects(files) : new SwiftObjects(swift);
  const fetcher = new SafeFetcher(config.fetching());
  const runners = new Map([...runnersOf({ catalog, objects, blobs, converter, fetcher, config, log }), ...others]);
  const executor = new Executor({ tasks, sql, runners, config, log, worker: `${hostname()}/${process.pid}` });
  const stopping = new AbortController();
  let relay: Relay | undefined;
  let forgetting: ReturnType<typeof startForgetting> | undefined;
  return bootService({
    name,
    config,
    module: TaskWorkerModule.with({
      store,
      sql,
      tasks,
      queue,
      offers: runners,
      files: swift ? null : files,
      catalog,
      fetcher,
    }),
    metrics,
    tracing,
    onReady: async ({ health }) => {
      await assertDurable(store.pool);
      await assertSchemaVersion(store.pool, migrations());
      await assertOwnLog(store.pool);
      await queue.start();
      await converter.clearLeftovers();
      health.add('database', () => store.pool.query('SELECT 1'));
      health.add('blobs', () => blobs.check());
      // Before those whose own questions would show in it.
      metrics.add(poolGauges(store.pool));
      metrics.add(logGauges(store.pool, topicOf.task));
      metrics.add(taskGauges(sql));
      forgetting = startForgetting({
        pool: store.pool,
        days: config.requestContextDays,
        onForgotten: (contexts) =>
          log.info({ event: 'contexts-forgotten', contexts }, 'contexts of requests were removed'),
        onError: (error) => log.warn({ err: error }, 'contexts of requests could not be removed; it is tried again'),
      });
      relay = startRelay({
        connectionString,
        applicationName: name,
        publisher,
        topic: topicOf.task,
        onError: (error) => log.warn({ err: error }, 'the relay could not go on; it tries again'),
        onRewind: (topic) => log.warn({ event: 'topic-rewound', topic }, 'the topic lost events; it is filled again'),
      });
      await queue.work((taskId, turn) => executor.run(taskId, turn, stopping.signal));
      await queue.doChores([
        ...catalogChores(new Catalog(choreClient, signer), { ...config, answersSeconds }),
        expireTasks(tasks, sql, config.choreSeconds),
        ...fileChores({ sql, blobs, log }, config),
        { name: 'forget imports', every: answersSeconds, run: () => forgetImports(sql) },
        { name: 'forget answers', every: answersSeconds, run: () => forgetAnswers(sql) },
      ]);
    },
    onShutdown: async () => {
      // Whoever takes the tasks next begins them again: a copy of gigabytes is not waited for.
      stopping.abort();
      await queue.stop();
      await forgetting?.stop();
      await relay?.stop();
      await publisher.close();
      await Promise.all([bus.close(), client.close(), choreClient.close(), swift?.client.close(), store.close()]);
    },
  });
}

function swiftOf(config: Readonly<TaskWorkerConfig>): SwiftObjectsOptions | null {
  const options = config.swift();
  if (options === null) return null;
  const { timeoutMs } = options;
  return { client: new SwiftClient(options), segmentBytes: config.swiftSegmentBytes, timeoutMs };
}

function converterOf(config: Readonly<TaskWorkerConfig>): Converter {
  const { converterSocket: socketPath, conversionMaxBytes: maxBytes, conversionSeconds: seconds } = config;
  const limits = { maxBytes, memoryBytes: config.conversionMemoryBytes, seconds };
  const convert =
    socketPath === '' ? convertHere({ program: config.qemuImg, ...limits }) : convertApart({ socketPath, seconds });
  return new Converter({
    ...{ scratchDir: config.scratchDir, convert, maxBytes, seconds },
    subformat: config.exportSubformat,
  });
}
