import { readFileSync } from 'node:fs';
import { createBlobStore } from '@cloud-images/blobs';
import {
  bootService,
  IdentitySigner,
  logger,
  Metrics,
  ServiceClient,
  startTracing,
  type RunningService,
} from '@cloud-images/service-kit';
import { Download } from './bytes/download.js';
import { Upload } from './bytes/upload.js';
import { UploadCalls } from './bytes/upload-calls.js';
import type { GatewayConfig } from './config.js';
import { Edge, requestIdOf } from './edge/edge.js';
import { openServer } from './edge/open-server.js';
import { TokenBuckets } from './edge/token-buckets.js';
import { InnerServices } from './forward/inner-services.js';
import { GatewayModule } from './gateway.module.js';
import { Login } from './identity/login.js';
import { Tokens } from './identity/tokens.js';
import { TokenSeal } from './identity/token-seal.js';
import { UsersDirectory } from './identity/users-directory.js';

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
  const users = new UsersDirectory({ path: config.identity, publicAddress: !isLoopback(config.listenHost), log });
  const seal = new TokenSeal(readFileSync(config.tokenSecretFile));
  const tokens = new Tokens({ seal, users, signer, lifetimeSeconds: config.tokenLifetimeSeconds });
  const store = createBlobStore(config.blobStore());
  const services = new InnerServices({
    catalogUrl: config.catalogUrl,
    membershipUrl: config.membershipUrl,
    connections: config.innerConnections,
    timeoutMs: config.innerTimeoutSeconds * 1_000,
  });
  const catalog = new ServiceClient(config.catalogUrl);
  const pace = { windowMs: config.patienceSeconds * 1_000, minBytesPerSecond: config.minBytesPerSecond };
  const upload = new Upload({ calls: new UploadCalls(catalog, signer), store, pace, log });
  const recheckMs = config.recheckSeconds * 1_000;
  const download = new Download({ catalog: services.catalog, store, tokens, pace, recheckMs, log });
  const buckets = new TokenBuckets(config.rateLimitPerSecond, config.rateLimitBurst || 2 * config.rateLimitPerSecond);
  const { publicUrl, maxBodyBytes } = config;
  const edge = new Edge({
    tokens,
    buckets,
    services,
    upload,
    download,
    log,
    metrics,
    tracing,
    publicUrl,
    maxBodyBytes,
  });
  return bootService({
    name,
    config,
    module: GatewayModule.with({ tokens, users, login: new Login(users) }),
    bodyLimit: ownBodyLimit,
    serverFactory: openServer(edge),
    requestIdOf,
    metrics,
    tracing,
    onReady: ({ health }) => {
      metrics.add(transferGauges(upload, download));
      health.add('catalog', () => services.assertReady('catalog'));
      health.add('membership', () => services.assertReady('membership'));
      health.add('blobs', () => store.check());
    },
    onShutdown: async () => {
      await within(settleMs, upload.settled());
      users.close();
      await Promise.all([services.close(), catalog.close()]);
    },
  });
}

const transferGauges = (upload: Upload, download: Download) => ({
  name: 'transfers',
  gauges: {
    cloud_images_uploads_in_flight: 'Uploads that this gateway is receiving.',
    cloud_images_downloads_in_flight: 'Downloads that this gateway is sending.',
  },
  read: () => ({
    cloud_images_uploads_in_flight: upload.inFlight,
    cloud_images_downloads_in_flight: download.inFlight,
  }),
});

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
