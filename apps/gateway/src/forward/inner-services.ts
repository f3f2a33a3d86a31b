import { connectionLifeMs, spreadLookup } from '@cloud-images/service-kit';
import { Pool } from 'undici';
import type { Owner } from '../edge/routes.js';

export interface InnerServicesOptions {
  readonly catalogUrl: string;
  readonly membershipUrl: string;
  readonly auditUrl: string;
  readonly taskWorkerUrl: string;
  readonly connections: number;
  /** Beyond `connections`, to audit: each reader of a feed holds one. */
  readonly feedConnections: number;
  readonly timeoutMs: number;
}

/** Idle connections are given up well before the services would close them (75 s). */
const idleMs = 30_000;

export type InnerService = 'catalog' | 'membership';

/** Keep-alive connections to the services behind. */
export class InnerServices {
  readonly catalog: Pool;
  readonly membership: Pool;
  readonly audit: Pool;
  readonly taskWorker: Pool;

  constructor(options: InnerServicesOptions) {
    const open = (url: string, connections = options.connections) =>
      new Pool(new URL(url).origin, {
        connections,
        headersTimeout: options.timeoutMs,
        bodyTimeout: options.timeoutMs,
        connect: { timeout: 2_000, lookup: spreadLookup },
        clientTtl: connectionLifeMs,
        keepAliveTimeout: idleMs,
        keepAliveMaxTimeout: idleMs,
      });
    this.catalog = open(options.catalogUrl);
    this.membership = open(options.membershipUrl);
    this.audit = open(options.auditUrl, options.connections + options.feedConnections);
    this.taskWorker = open(options.taskWorkerUrl);
  }

  /** What the gateway answers itself goes to nobody: asked for it, the catalog says that it does not know it. */
  of(owner: Owner): Pool {
    if (owner === 'membership') return this.membership;
    if (owner === 'audit') return this.audit;
    return owner === 'task-worker' ? this.taskWorker : this.catalog;
  }

  /** Throws unless a service says that it is ready. */
  async assertReady(service: InnerService): Promise<void> {
    const { statusCode, body } = await this[service].request({ method: 'GET', path: '/readyz' });
    await body.dump();
    if (statusCode !== 200) throw new Error(`${service} is not ready`);
  }

  async close(): Promise<void> {
    await Promise.all([this.catalog, this.membership, this.taskWorker, this.audit].map((pool) => pool.close()));
  }
}
