import { connectionLifeMs, spreadLookup } from '@cloud-images/service-kit';
import { Pool } from 'undici';

export interface InnerServicesOptions {
  readonly catalogUrl: string;
  readonly membershipUrl: string;
  readonly auditUrl: string;
  readonly connections: number;
  /** Beyond `connections`, to audit: each reader of a feed holds one. */
  readonly feedConnections: number;
  readonly timeoutMs: number;
}

/** Idle connections are given up well before the services would close them (75 s). */
const idleMs = 30_000;

export type InnerService = 'catalog' | 'membership' | 'audit';

/** Keep-alive connections to the services behind. */
export class InnerServices {
  readonly catalog: Pool;
  readonly membership: Pool;
  readonly audit: Pool;

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
  }

  /** Throws unless a service says that it is ready. */
  async assertReady(service: InnerService): Promise<void> {
    const { statusCode, body } = await this[service].request({ method: 'GET', path: '/readyz' });
    await body.dump();
    if (statusCode !== 200) throw new Error(`${service} is not ready`);
  }

  async close(): Promise<void> {
    await Promise.all([this.catalog.close(), this.membership.close(), this.audit.close()]);
  }
}
