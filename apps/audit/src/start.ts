import { readFileSync } from 'node:fs';
import { createBlobStore } from '@cloud-images/blobs';
import { checkpointTopic } from '@cloud-images/contracts';
import {
  assertDurable,
  createPool,
  poolExecutor,
  poolGauges,
  StoreUnavailable,
  type SqlExecutor,
} from '@cloud-images/event-store';
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
import { AuditModule } from './audit.module.js';
import type { AuditConfig } from './config.js';
import { FeedHub } from './follow-events/feed-hub.js';
import { History } from './history/history-follower.js';
import { ledgerGauges } from './ledger/ledger-gauges.js';
import { RequestPeople } from './ledger/request-people.js';
import { Sealer } from './ledger/sealer.js';
import { migrations } from './migrations/index.js';
import { Checkpoints } from './seal-checkpoints/checkpoints.js';
import { blobDeposit, busDeposit } from './seal-checkpoints/deposits.js';
import { readKeyFiles, type SigningKey } from './seal-checkpoints/key-files.js';
import { publishKeys } from './seal-checkpoints/publish-keys.js';
import { CatchUp } from './take-events/catch-up.js';
import { OwnerLogs } from './take-events/owner-logs.js';

const name = 'audit';
/** Whose logs say what images were. */
const ofImages = ['catalog', 'membership'];

/** Puts the audit service together and opens it. */
export async function startAudit(config: Readonly<AuditConfig>): Promise<RunningService> {
  const log = logger(name, config.logLevel);
  const metrics = new Metrics(name);
  const tracing = await startTracing(name, config, log);
  const keys = readKeyFiles(config.checkpointKeys);
  const pool = createPool({
    connectionString: config.databaseUrl,
    applicationName: name,
    max: config.databasePoolSize,
  });
  const sql = poolExecutor(pool);
  await assertSchemaVersion(pool, migrations());
  const ledgerId = await readLedgerId(sql);
  const signer = new IdentitySigner(readFileSync(config.serviceKey, 'utf8'), name);
  const untraced = createMessageBus(
    busOptions(config, name, (error) => log.warn({ err: error }, 'the bus is away; what needs it tries again')),
  );
  const bus = tracedBus(untraced, tracing);
  const hub = new FeedHub({ sql, log });
  const sealer = new Sealer({
    pool,
    onSealed: () => {
      hub.sealed();
      history.wake();
    },
    onDivergence: ({ event: { stream, version, event_id } }) =>
      log.error({ event: 'divergence', stream, version, event_id }, 'a service has another event where one is sealed'),
  });
  const logs = new OwnerLogs(
    {
      catalog: new ServiceClient(config.catalogUrl),
      membership: new ServiceClient(config.membershipUrl),
      'task-worker': new ServiceClient(config.taskWorkerUrl),
      gateway: new ServiceClient(config.gatewayUrl),
    },
    signer,
  );
  const catchUp = new CatchUp({ sql, sealer, logs, log });
  const history = new History({ pool, sql, fetchAll: () => catchUp.fetchAll(ofImages), log });
  const people = new RequestPeople(logs);
  const publisher = patientPublisher(bus, checkpointTopic, 1);
  const checkpoints = new Checkpoints({
    sql,
    sealer,
    ledgerId,
    key: keys.at(-1) as SigningKey,
    deposits: [busDeposit(publisher), blobDeposit(createBlobStore(config.blobStore()))],
    everySeconds: config.checkpointSeconds,
    everyEvents: config.checkpointEvents,
    log,
  });
  return bootService({
    name,
    config,
    module: AuditModule.with({ sql, ledgerId, sealer, catchUp, hub, history, people, shows: config.shows() }),
    server: new MessagingServer({
      bus,
      group: name,
      // The sealer takes them together.
      atOnce: 100,
      onParked: tellParked({ log, metrics }),
      partitions: config.kafkaPartitions,
    }),
    metrics,
    tracing,
    onReady: async ({ health }) => {
      await assertDurable(pool);
      const added = await publishKeys(sealer, keys);
      if (added.length > 0) log.info({ event: 'keys-published', keys: added }, 'new keys sign checkpoints');
      health.add('database', () => sql.query('SELECT 1'));
      // Before those whose own questions would show in it.
      metrics.add(poolGauges(pool));
      metrics.add(ledgerGauges(sql, { missing: () => catchUp.missing, followers: () => hub.following }));
      metrics.add(consumerGauges(bus, name));
      catchUp.start();
      history.start();
      checkpoints.start();
    },
    // Deliveries may wait for it, and are waited for.
    onStopping: () => {
      void catchUp.stop();
      return hub.stop();
    },
    onShutdown: async () => {
      await Promise.all([catchUp.stop(), history.stop(), checkpoints.stop()]);
      await publisher.close();
      await Promise.all([bus.close(), logs.close(), pool.end()]);
    },
  });
}

async function readLedgerId(sql: SqlExecutor): Promise<string> {
  const { rows } = await sql.query<{ ledger_id: string }>('SELECT ledger_id::text AS ledger_id FROM ledger.identity');
  const [row] = rows;
  if (!row) throw new StoreUnavailable('the ledger has no identity');
  return row.ledger_id;
}
