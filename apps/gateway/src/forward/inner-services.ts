import { connectionLifeMs, spreadLookup } from '@cloud-images/service-kit';
import { Pool } from 'undici';

export interface InnerServicesOptions {
  readonly catalogUrl: string;
  readonly membershipUrl: string;
  readonly connections: number;
  readonly timeoutMs: number;
}

/** Idle connections are given up well before the services would close them (75 s). */
const idleMs = 30_000;

/** Keep-alive connections to the services behind. */
export class InnerServices {
  readonly catalog: Pool;
  readonly membership: Pool;

  constructor(options: InnerServicesOptions) {
    const open = (url: string) =>
      new Pool(new URL(url).origin, {
        connections: options.connections,
        headersTimeout: options.timeoutMs,
        bodyTimeout: options.timeoutMs,
        connect: { timeout: 2_000, lookup: spreadLookup },
        clientTtl: connectionLifeMs,
        keepAliveTimeout: idleMs,
        keepAliveMaxTimeout: idleMs,
      });
    this.catalog = open(options.catalogUrl);
    this.membership = open(options.membershipUrl);
  }

  /** Throws unless a service says that it is ready. */
  async assertReady(service: 'catalog' | 'membership'): Promise<void> {
    const { statusCode, body } = await this[service].request({ method: 'GET', path: '/readyz' });
    await body.dump();
    if (statusCode !== 200) throw new Error(`${service} is not ready`);
  }

  async close(): Promise<void> {
    await Promise.all([this.catalog.close(), this.membership.close()]);
  }
}
