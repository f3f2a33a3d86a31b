import { internalHeaders } from '@cloud-images/contracts';
import type { IdentitySigner, ServiceClient } from '@cloud-images/service-kit';

/** Injection token: `ServiceSchemas`. */
export const SERVICE_SCHEMAS = Symbol('service schemas');

const keptMs = 60_000;

/** The schemas of what the services take and give, by their own word; asked for again after a minute. */
export class ServiceSchemas {
  private kept: { readonly schemas: Promise<object>; readonly until: number } | null = null;

  constructor(
    private readonly services: readonly ServiceClient[],
    private readonly signer: IdentitySigner,
  ) {}

  async all(): Promise<object> {
    const now = performance.now();
    if (this.kept === null || this.kept.until < now) {
      const schemas = this.ask();
      this.kept = { schemas, until: now + keptMs };
      schemas.catch(() => (this.kept = null));
    }
    return this.kept.schemas;
  }

  private async ask(): Promise<object> {
    const answers = await Promise.all(
      this.services.map((service) =>
        service.call<object>('GET', '/internal/api-schemas', {
          headers: { [internalHeaders.identity]: this.signer.signSelf() },
        }),
      ),
    );
    return Object.assign({}, ...answers.map(({ body }) => body)) as object;
  }
}
