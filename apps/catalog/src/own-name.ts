import { isService, Refusal } from '@cloud-images/contracts';
import type { CallerContext } from '@cloud-images/service-kit';

/** How an upload ended is told by the service that received the data, never by a user whom it vouches for. */
export function assertInOwnName({ identity }: CallerContext): void {
  if (!isService(identity)) throw new Refusal('forbidden', 'This operation is not open to users.');
}
