import { readFileSync } from 'node:fs';
import { createBlobStore } from '@cloud-images/blobs';
import { internalHeaders } from '@cloud-images/contracts';
import { personEraser, type Erased } from '@cloud-images/event-store';
import {
  bootService,
  IdentitySigner,
  logger,
  Metrics,
  ServiceClient,
  startTracing,
  type Logger,
  type RunningService,
} from '@cloud-images/service-kit';
import { ServiceSchemas } from './api-document/service-schemas.js';
import { Download } from './bytes/download.js';
import { Upload } from './bytes/upload.js';
import { UploadCalls } from './bytes/upload-calls.js';
import { GetObject } from './cloud-files/get-object.js';
import { LocatedObjects } from './cloud-files/located-objects.js';
import { ObjectCalls } from './cloud-files/object-calls.js';
import { PutObject } from './cloud-files/put-object.js';
import type { GatewayConfig } from './config.js';
import { Edge, requestIdOf } from './edge/edge.js';
import { noteOwnRefusal } from './edge/exchange.js';
import { InnerDoor } from './edge/inner-door.js';
import { openServer } from './edge/open-server.js';
import { servedRoutes } from './edge/routes.js';
import { TlsFiles } from './edge/tls-files.js';
import { TokenBuckets } from './edge/token-buckets.js';
import { Erasures, type Forget } from './erase-person/erasures.js';
import { InnerServices } from './forward/inner-services.js';
import { GatewayModule } from './gateway.module.js';
import { openIdentity } from './identity/identity.module.js';
import { Sessions } from './identity/sessions.js';
import { Aggregator } from './security/aggregator.js';
import { securityGauges } from './security/security-gauges.js';
import { SecurityLog } from './security/security-log.js';
import { SecurityStore } from './security/security-store.js';

const name = 'gateway';
/** The gateway's own routes take a login and little else. */
const ownBodyLimit = 64 * 1024;
const settleMs = 5_000;

/** Puts the gateway together and opens it. */
export async function startGateway(config: GatewayConfig): Promise<RunningService> {
  const log = logger(name, config.logLevel);
  const metrics = new Metrics(name);
  const tracing = await startTracing(name, config, log);
  const signer = new IdentitySigner(readFileSync(config.serviceKey, 'utf8'), name);
  const identity = openIdentity(config, log);
  const { source } = identity;
  const sessions = new Sessions({ source, signer, cacheSeconds: config.identityCacheSeconds });
  identity.onChange(() => sessions.forget());
  const store = createBlobStore(config.blobStore());
  const services = new InnerServices({
    catalogUrl: config.catalogUrl,
    membershipUrl: config.membershipUrl,
    auditUrl: config.auditUrl,
    taskWorkerUrl: config.taskWorkerUrl,
    connections: config.innerConnections,
    feedConnections: config.feedConnections,
    timeoutMs: config.innerTimeoutSeconds * 1_000,
  });
  const catalog = new ServiceClient(config.catalogUrl);
  const membership = new ServiceClient(config.membershipUrl);
  const audit = new ServiceClient(config.auditUrl);
  const taskWorker = new ServiceClient(config.taskWorkerUrl);
  const securityStore = new SecurityStore(name, config, log, tracing);
  const security = new SecurityLog({
    aggregator: new Aggregator({ windowMs: config.securityWindowSeconds * 1_000 }),
    appender: securityStore.appender,
    eventsPerSecond: config.securityEventsPerSecond,
    log,
  });
  const forgetIn = (client: ServiceClient) => forgetBy(client, signer);
  const forgetHere = personEraser(securityStore.pool);
  const erasures = new Erasures({
    sql: securityStore.sql,
    appender: securityStore.appender,
    services: {
      gateway: (user_id, after) => forgetHere({ user_id, after }),
      catalog: forgetIn(catalog),
      membership: forgetIn(membership),
      'task-worker': forgetIn(taskWorker),
    },
    forgetWaiting: (userId) => security.forget(userId),
    log,
  });
  const innerDoor = new InnerDoor();
  const pace = { windowMs: config.patienceSeconds * 1_000, minBytesPerSecond: config.minBytesPerSecond };
  const upload = new Upload({ calls: new UploadCalls(catalog, signer), store, pace, log });
  const recheckMs = config.recheckSeconds * 1_000;
  const download = new Download({ catalog: services.catalog, store, sessions, security, pace, recheckMs, log });
  const located = new LocatedObjects({ taskWorker: services.taskWorker, store, sessions, log });
  const putObject = new PutObject({ calls: new ObjectCalls(taskWorker, signer), located, store, pace, log });
  const getObject = new GetObject({ located, pace, log });
  const buckets = new TokenBuckets(config.rateLimitPerSecond, config.rateLimitBurst || 2 * config.rateLimitPerSecond);
  const { publicUrl, maxBodyBytes } = config;
  const edge = new Edge({
    routes: servedRoutes(config),
    source,
    sessions,
    buckets,
    services,
    upload,
    download,
    putObject,
    getObject,
    security,
    log,
    metrics,
    tracing,
    publicUrl,
    maxBodyBytes,
  });
  return bootService({
    name,
    config,
    module: GatewayModule.with({
      identity: identity.module,
      schemas: new ServiceSchemas([catalog, membership, taskWorker, audit], signer),
      securityStore,
      erasures,
    }),
    bodyLimit: ownBodyLimit,
    serverFactory: openServer(edge, tlsOf(config, log), innerDoor),
    requestIdOf,
    onRefusal: noteOwnRefusal,
    metrics,
    tracing,
    onReady: async ({ health }) => {
      metrics.add(transferGauges([upload, putObject], [download, getObject]));
      metrics.add(securityGauges(security));
      securityStore.addGauges(metrics);
      health.add('catalog', () => services.assertReady('catalog'));
      health.add('membership', () => services.assertReady('membership'));
      health.add('identity', () => source.check());
      health.add('blobs', () => store.check());
      // Not among them: the security log, without which requests are answered all the same.
      await securityStore.open(() => {
        security.start();
        erasures.start();
      });
      await innerDoor.open(config.innerPort, config.innerHost);
    },
    onShutdown: async () => {
      await within(settleMs, Promise.all([upload.settled(), putObject.settled()]));
      await innerDoor.close();
      await Promise.all([security.stop(), erasures.stop()]);
      await securityStore.close();
      await Promise.all([source, services, catalog, membership, taskWorker, audit].map((one) => one.close()));
    },
  });
}

/** Tells a service to forget a user. */
const forgetBy =
  (client: ServiceClient, signer: IdentitySigner): Forget =>
  async (user_id, after) => {
    const headers = { [internalHeaders.identity]: signer.signSelf() };
    const { body } = await client.call<Erased>('POST', '/internal/erase-person', { headers, body: { user_id, after } });
    return body;
  };

interface Counted {
  readonly inFlight: number;
}
const inFlight = (all: readonly Counted[]) => all.reduce((sum, one) => sum + one.inFlight, 0);

const transferGauges = (uploads: readonly Counted[], downloads: readonly Counted[]) => ({
  name: 'transfers',
  gauges: {
    cloud_images_uploads_in_flight: 'Uploads that this gateway is receiving.',
    cloud_images_downloads_in_flight: 'Downloads that this gateway is sending.',
  },
  read: () => ({
    cloud_images_uploads_in_flight: inFlight(uploads),
    cloud_images_downloads_in_flight: inFlight(downloads),
  }),
});

function tlsOf({ tlsCertFile: certFile, tlsKeyFile: keyFile }: GatewayConfig, log: Logger): TlsFiles | null {
  return certFile === undefined || keyFile === undefined ? null : new TlsFiles({ certFile, keyFile, log });
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
