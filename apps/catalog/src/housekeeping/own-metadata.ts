import type { EventMetadata } from '@cloud-images/contracts';
import { newRequestId } from '@cloud-images/service-kit';

/** What is done without being asked is done by the catalog itself, in a request of its own. */
export function ownMetadata(): EventMetadata {
  const request_id = newRequestId();
  return {
    actor: { user: 'catalog', project: null, roles: [], via: 'catalog' },
    request_id,
    correlation_id: request_id,
  };
}
