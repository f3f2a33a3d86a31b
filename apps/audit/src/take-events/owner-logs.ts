import { internalHeaders, type RequestContext } from '@cloud-images/contracts';
import type { LogPage, RequestContexts } from '@cloud-images/event-store';
import type { IdentitySigner, ServiceClient } from '@cloud-images/service-kit';
import type { LogPlace } from '../ledger/completeness.js';

/** The logs whose events the ledger holds, each read from the service that owns it. */
export class OwnerLogs {
  constructor(
    private readonly clients: Readonly<Record<string, ServiceClient>>,
    private readonly signer: IdentitySigner,
  ) {}

  get services(): string[] {
    return Object.keys(this.clients);
  }

  /** What follows `after` in a service's log, at most `limit` events. Throws `ServiceUnavailable`. */
  async read(service: string, after: LogPlace, limit: number): Promise<LogPage> {
    const place = `${after.transaction_id}.${after.position}`;
    const query = new URLSearchParams({ after: place, limit: String(limit) });
    const { body } = await this.clientOf(service).call<LogPage>('GET', `/internal/log?${query}`, {
      headers: { [internalHeaders.identity]: this.signer.signSelf() },
    });
    return body;
  }

  /** What a service still knows of who requests came from. Throws `ServiceUnavailable`. */
  async contexts(service: string, ids: readonly string[]): Promise<readonly RequestContext[]> {
    const { body } = await this.clientOf(service).call<RequestContexts>('POST', '/internal/request-contexts', {
      headers: { [internalHeaders.identity]: this.signer.signSelf() },
      body: { ids },
    });
    return body.contexts;
  }

  private clientOf(service: string): ServiceClient {
    const client = this.clients[service];
    if (client === undefined) throw new Error(`no log of ${service}`);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.clients).map((client) => client.close()));
  }
}
