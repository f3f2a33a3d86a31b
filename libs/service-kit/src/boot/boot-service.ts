import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { NestFactory } from '@nestjs/core';
import type { ModuleMetadata } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastify, type FastifyInstance, type FastifyServerFactory } from 'fastify';
import type { ServiceConfig } from '../config/service-config.js';
import { armCrashPoint } from '../faults/arm-crash-point.js';
import { HealthChecks, serveHealth } from '../health/health-checks.js';
import { readBodies } from '../http/bodies.js';
import { ErrorFilter, type RefusalListener } from '../http/error-filter.js';
import { guardRoutes, type RequestIdSource } from '../http/guard.js';
import { IdentitySigner } from '../identity/signer.js';
import { IdentityVerifier } from '../identity/verifier.js';
import { logger, type Logger } from '../logging/logger.js';
import { NestLogger } from '../logging/nest-logger.js';
import { countRequests } from '../metrics/count-requests.js';
import { closeMetrics, serveMetrics } from '../metrics/metrics-server.js';
import { Metrics } from '../metrics/metrics.js';
import type { Tracing } from '../tracing/span.js';
import { traceRequests } from '../tracing/trace-requests.js';
import { drain } from './drain.js';
import { withKit } from './providers.js';

/** Longer than the gateway keeps an idle connection (30 s), so that a request never meets one that is being closed. */
const keepAliveMs = 75_000;
/** Above what the gateway lets in; internal calls may carry a batch of events. */
const defaultBodyLimit = 16 * 1024 * 1024;

export interface ServiceOptions {
  /** Also the name of the service's key. */
  readonly name: string;
  readonly module: NonNullable<ModuleMetadata['imports']>[number];
  readonly config: ServiceConfig;
  /** Events: makes the service a hybrid application. */
  readonly server?: CustomTransportStrategy;
  readonly bodyLimit?: number;
  /** Only for the gateway, which looks at requests, counts and traces them before Fastify does. */
  readonly serverFactory?: FastifyServerFactory;
  /** Given by a service that has something to tell while it is put together. */
  readonly metrics?: Metrics;
  /** Null: nothing is traced. */
  readonly tracing?: Tracing | null;
  readonly requestIdOf?: RequestIdSource;
  /** Only for the gateway: hears what its own routes refuse. */
  readonly onRefusal?: RefusalListener;
  /** After everything is wired and before the port opens. */
  readonly onReady?: (service: RunningService) => Promise<void> | void;
  /** At the beginning of a stop: what would be answered for ever ends here. */
  readonly onStopping?: () => Promise<void> | void;
  /** After the last request was answered: close pools here. */
  readonly onShutdown?: () => Promise<void> | void;
}

export interface RunningService {
  readonly app: NestFastifyApplication;
  readonly log: Logger;
  readonly health: HealthChecks;
  readonly signer: IdentitySigner;
  readonly metrics: Metrics;
  /** `http://host:port` (`https:` where the service opened such a server), once it listens. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Boots one service process: identity guard, error filter, health, drain on SIGTERM and SIGINT, a JSON line when ready. */
export async function bootService(options: ServiceOptions): Promise<RunningService> {
  const { config, name } = options;
  const log = logger(name, config.logLevel);
  armCrashPoint(config.crashPoint, log);
  const health = new HealthChecks();
  const signer = new IdentitySigner(readFileSync(config.serviceKey, 'utf8'), name);
  const metrics = options.metrics ?? new Metrics(name);
  const http = openFastify(options, health, metrics);
  const app = await NestFactory.create<NestFastifyApplication>(
    withKit(options.module, { config, log, signer, health }),
    new FastifyAdapter(http as never),
    { logger: new NestLogger(log), bodyParser: false, abortOnError: false },
  );
  app.useGlobalFilters(new ErrorFilter(log, options.onRefusal));
  if (options.server) app.connectMicroservice({ strategy: options.server });
  const service = new Service(app, http.server, log, health, signer, metrics, options);
  await app.init();
  await options.onReady?.(service);
  if (options.server) await app.startAllMicroservices();
  await service.openMetrics();
  await app.listen(config.listenPort, config.listenHost);
  service.watchSignals();
  log.info({ event: 'ready', url: service.url, pid: process.pid }, 'ready');
  return service;
}

function openFastify(options: ServiceOptions, health: HealthChecks, metrics: Metrics): FastifyInstance {
  const instance = fastify({
    bodyLimit: options.bodyLimit ?? defaultBodyLimit,
    keepAliveTimeout: keepAliveMs,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    // Paths are bounded by the gateway; a long tag deserves its own answer rather than the router's.
    routerOptions: { maxParamLength: 32_768 },
    ...(options.serverFactory ? { serverFactory: options.serverFactory } : {}),
  });
  readBodies(instance);
  const verifier = new IdentityVerifier(options.config.servicePublicKeys);
  guardRoutes(instance, verifier, options.requestIdOf ?? (() => undefined));
  if (!options.serverFactory) {
    countRequests(instance, metrics.requests);
    if (options.tracing) traceRequests(instance, options.tracing);
  }
  serveHealth(instance, health);
  return instance;
}

class Service implements RunningService {
  private stopped: Promise<void> | null = null;
  private metricsServer: Server | null = null;

  constructor(
    readonly app: NestFastifyApplication,
    private readonly server: Server,
    readonly log: Logger,
    readonly health: HealthChecks,
    readonly signer: IdentitySigner,
    readonly metrics: Metrics,
    private readonly options: ServiceOptions,
  ) {}

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    const { listenHost } = this.options.config;
    const scheme = this.server instanceof TlsServer ? 'https' : 'http';
    return `${scheme}://${listenHost.includes(':') ? `[${listenHost}]` : listenHost}:${port}`;
  }

  async openMetrics(): Promise<void> {
    const { metricsHost: host, metricsPort: port } = this.options.config;
    if (port > 0) this.metricsServer = await serveMetrics({ metrics: this.metrics, host, port, log: this.log });
  }

  stop(): Promise<void> {
    this.stopped ??= this.shutDown();
    return this.stopped;
  }

  watchSignals(): void {
    const end = (signal: string) => {
      if (this.stopped) return;
      this.log.info({ event: 'stopping', signal }, 'stopping');
      this.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          this.log.fatal({ err: error }, 'the stop failed');
          process.exit(1);
        },
      );
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(signal));
  }

  private async shutDown(): Promise<void> {
    this.health.stop();
    this.server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
    await this.options.onStopping?.();
    const drained = await drain(this.server, this.options.config.shutdownSeconds);
    if (!drained) this.log.warn({ event: 'cut' }, 'requests were cut at the deadline');
    await this.app.close();
    await this.options.onShutdown?.();
    if (this.metricsServer) await closeMetrics(this.metricsServer);
    await this.options.tracing?.stop().catch((error: unknown) => this.log.warn({ err: error }, 'traces were lost'));
    this.log.info({ event: 'stopped' }, 'stopped');
  }
}
