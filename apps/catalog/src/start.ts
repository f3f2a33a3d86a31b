import { readFileSync } from 'node:fs';
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
  REBUILD_LOCK,
  startForgetting,
  tracedHandler,
  type SqlExecutor,
} from '@cloud-images/event-store';
import { imageAggregate } from '@cloud-images/image-model';
import {
  busOptions,
  consumerGauges,
  createMessageBus,
  MessagingServer,
  tellParked,
  tracedBus,
} from '@cloud-images/messaging';
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
import { CatalogModule } from './catalog.module.js';
import type { CatalogConfig } from './config.js';
import { expireUploads } from './expire-uploads/expire-uploads.js';
import type { ChoreParts } from './housekeeping/chore-parts.js';
import { Housekeeping, type Chore } from './housekeeping/housekeeping.js';
import { Quotas } from './image/quota.js';
import { openUploads } from './image/upload-leases.js';
import { keepUsage, usageProjection } from './image/usage.js';
import { dueEndsProjection } from './image/due-ends.js';
import { membershipLog } from './membership-log.js';
import { migrations } from './migrations/index.js';
import { purgeDueImages } from './purge-image/purge-due-images.js';
import { reachEndsOfLife } from './reach-end-of-life/reach-ends-of-life.js';
import { imagesProjection } from './read-model/images.projection.js';
import { createMemberInbox } from './receive-member-events/member-inbox.js';
import { relayImages } from './relay-images.js';
import { compareStoreWithLog } from './remove-image-data/compare-store-with-log.js';
import { removeUnusedData } from './remove-image-data/remove-unused-data.js';

const name = 'catalog';

/** Puts the catalog together and opens it. */
export async function startCatalog(config: Readonly<CatalogConfig>): Promise<RunningService> {
  const log = logger(name, config.logLevel);
  const metrics = new Metrics(name);
  const tracing = await startTracing(name, config, log);
  const store = createPostgresEventStore({
    connectionString: config.databaseUrl,
    applicationName: name,
    max: config.databasePoolSize,
  });
  const sql = poolExecutor(store.pool);
  const quotas = quotasOf(config);
  const projections = [imagesProjection, dueEndsProjection, ...(quotas.counts ? [usageProjection] : [])];
  const handler = createHandler({ store, aggregate: imageAggregate, projections });
  const images = tracedHandler(handler, tracing);
  const blobs = createBlobStore(config.blobStore());
  const untraced = createMessageBus(
    busOptions(config, name, (error) => log.warn({ err: error }, 'the bus is away; what needs it tries again')),
  );
  const bus = tracedBus(untraced, tracing);
  const membership = new ServiceClient(config.membershipUrl);
  const signer = new IdentitySigner(readFileSync(config.serviceKey, 'utf8'), name);
  const inbox = createMemberInbox({
    pool: store.pool,
    fetchMissing: membershipLog(membership, signer),
    onDivergence: (stream, version) =>
      log.error({ event: 'divergence', stream, version }, 'what was received is not what its owner has'),
  });
  const housekeeping = new Housekeeping(store.pool, chores({ sql, images, blobs, log }, config));
  const relay = relayImages({
    connectionString: config.databaseUrl,
    applicationName: name,
    bus,
    partitions: config.kafkaPartitions,
    log,
  });
  let forgetting: ReturnType<typeof startForgetting> | undefined;
  return bootService({
    name,
    config,
    module: CatalogModule.with({ config, store, sql, images, inbox, quotas, housekeeping }),
    server: new MessagingServer({
      bus,
      group: name,
      onParked: tellParked({ log, metrics }),
      partitions: config.kafkaPartitions,
    }),
    metrics,
    tracing,
    onReady: async ({ health }) => {
      await assertDurable(store.pool);
      await assertSchemaVersion(store.pool, migrations());
      await assertOwnLog(store.pool);
      await keepUsage(sql, quotas.counts, REBUILD_LOCK);
      health.add('database', () => sql.query('SELECT 1'));
      // Before those whose own questions would show in it.
      metrics.add(poolGauges(store.pool));
      metrics.add(logGauges(store.pool, topicOf.image));
      metrics.add(consumerGauges(bus, name));
      metrics.add(uploadGauges(sql));
      metrics.add(houseGauges(housekeeping));
      forgetting = startForgetting({
        pool: store.pool,
        days: config.requestContextDays,
        onForgotten: (contexts) =>
          log.info({ event: 'contexts-forgotten', contexts }, 'contexts of requests were removed'),
        onError: (error) => log.warn({ err: error }, 'contexts of requests could not be removed; it is tried again'),
      });
      relay.start();
    },
    onStopping: () => housekeeping.stop(),
    onShutdown: async () => {
      await forgetting?.stop();
      await relay.stop();
      await Promise.all([bus.close(), membership.close(), store.close()]);
    },
  });
}

const quotasOf = (config: Readonly<CatalogConfig>): Quotas =>
  new Quotas(
    config.projectLimits(),
    { images: config.isLimited('images'), data: config.isLimited('bytes') || config.isLimited('uploads') },
    config.quotaMargin,
  );

const uploadGauges = (sql: SqlExecutor) => ({
  name: 'uploads',
  gauges: { cloud_images_uploads_open: 'Uploads that have begun and whose lease has not ended.' },
  read: async () => ({ cloud_images_uploads_open: await openUploads(sql) }),
});

const houseGauges = (housekeeping: Housekeeping) => ({
  name: 'housekeeping',
  gauges: { cloud_images_housekeeping_silent_seconds: 'Since the task-worker last asked this process for a chore.' },
  read: async () => ({ cloud_images_housekeeping_silent_seconds: housekeeping.silentSeconds }),
});

const chores = (parts: ChoreParts, config: Readonly<CatalogConfig>): Chore[] => [
  expireUploads(parts),
  purgeDueImages(parts, config.purgeGraceSeconds),
  reachEndsOfLife(parts),
  removeUnusedData(parts),
  compareStoreWithLog(parts),
  { name: 'forget-answers', run: async () => ({ done: await forgetAnswers(parts.sql), next: null }) },
];
