import { internalHeaders, type RecordedEvent } from '@cloud-images/contracts';
import type { IdentitySigner, ServiceClient } from '@cloud-images/service-kit';

const pageSize = 200;

/** Reads what is missing here from the log that owns it, in the catalog's own name. */
export const membershipLog =
  (membership: ServiceClient, signer: IdentitySigner) =>
  async (stream: string, afterVersion: number): Promise<readonly RecordedEvent[]> => {
    const query = new URLSearchParams({ stream, after: String(afterVersion), limit: String(pageSize) });
    const { body } = await membership.call<{ events: RecordedEvent[] }>('GET', `/internal/events?${query}`, {
      headers: { [internalHeaders.identity]: signer.signSelf() },
    });
    return body.events;
  };
