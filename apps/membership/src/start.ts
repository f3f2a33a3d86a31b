import { readFileSync } from 'node:fs';
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
import { membershipAggregate } from '@cloud-images/image-model';
import {
  busOptions,
  consumerGauges,
  createMessageBus,
  MessagingServer,
  patientPublisher,
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
import { Catalog } from './catalog.js';
import { ofNoUse } from './close-membership/when-image-purged.consumer.js';
import type { MembershipConfig } from './config.js';
import { MembershipModule } from './membership.module.js';
import { migrations } from './migrations/index.js';

const name = 'membership';
/** Between two looks for remembered answers whose time is over. */
const answersMs = 3_600_000;

/** Puts the membership service together and opens it. */
export async function startMembership(config: Readonly<MembershipConfig>): Promise<RunningService> {
  const log = logger(name, config.logLevel);
  const metrics = new Metrics(name);
  const tracing = await startTracing(name, config, log);
  const { databaseUrl: connectionString } = config;
  const store = createPostgresEventStore({ connectionString, applicationName: name, max: config.databasePoolSize });
  const sql = poolExecutor(store.pool);
  const handler = createHandler({ store, aggregate: membershipAggregate, projections: [] });
  const memberships = tracedHandler(handler, tracing);
  const client = new ServiceClient(config.catalogUrl);
  const catalog = new Catalog({
    client,
    signer: new IdentitySigner(readFileSync(config.serviceKey, 'utf8'), name),
    store,
  });
  const untraced = createMessageBus(
    busOptions(config, name, (error) => log.warn({ err: error }, 'the bus is away; what needs it tries again')),
  );
  const bus = tracedBus(untraced, tracing);
  const publisher = patientPublisher(bus, topicOf.member, config.kafkaPartitions);
  let relay: Relay | undefined;
  let forgetting: ReturnType<typeof startForgetting> | undefined;
  let forgettingAnswers: NodeJS.Timeout | undefined;
  return bootService({
    name,
    config,
    module: MembershipModule.with({ store, sql, memberships, catalog }),
    server: new MessagingServer({
      bus,
      group: name,
      passOver: ofNoUse,
      onParked: tellParked({ log, metrics }),
      partitions: config.kafkaPartitions,
    }),
    metrics,
    tracing,
    onReady: async ({ health }) => {
      await assertDurable(store.pool);
      await assertSchemaVersion(store.pool, migrations());
      await assertOwnLog(store.pool);
      health.add('database', () => store.pool.query('SELECT 1'));
      // Before those whose own questions would show in it.
      metrics.add(poolGauges(store.pool));
      metrics.add(logGauges(store.pool, topicOf.member));
      metrics.add(consumerGauges(bus, name));
      forgetting = startForgetting({
        pool: store.pool,
        days: config.requestContextDays,
        onForgotten: (contexts) =>
          log.info({ event: 'contexts-forgotten', contexts }, 'contexts of requests were removed'),
        onError: (error) => log.warn({ err: error }, 'contexts of requests could not be removed; it is tried again'),
      });
      forgettingAnswers = setInterval(() => {
        forgetAnswers(sql).catch((error: unknown) => log.warn({ err: error }, 'old answers could not be removed'));
      }, answersMs);
      relay = startRelay({
        connectionString,
        applicationName: name,
        publisher,
        topic: topicOf.member,
        onError: (error) => log.warn({ err: error }, 'the relay could not go on; it tries again'),
        onRewind: (topic) => log.warn({ event: 'topic-rewound', topic }, 'the topic lost events; it is filled again'),
      });
    },
    onShutdown: async () => {
      await forgetting?.stop();
      clearInterval(forgettingAnswers);
      await relay?.stop();
      await publisher.close();
      await Promise.all([bus.close(), client.close(), store.close()]);
    },
  });
}
