import { Refusal, type RequestContext } from '@cloud-images/contracts';
import type { LedgerEntry } from '@cloud-images/ledger';
import type { Scope } from './find-entries.query.js';

/** What a request came from, in words that name people; it is erased with time, and the events stay. */
export type Person = Pick<RequestContext, 'user_name' | 'source_address' | 'user_agent'>;

/** By request id; nothing of those that are not known any more. */
export type People = Readonly<Record<string, Person>>;

/** Throws `ServiceUnavailable`. */
export interface ContextSource {
  contexts(service: string, ids: readonly string[]): Promise<readonly RequestContext[]>;
}

const ownerOf = { image: 'catalog', membership: 'membership', task: 'task-worker', security: 'gateway' } as const;

/**
 * Who events came from, asked of the services whose logs have them: names are never on the bus, nor in the ledger. Throws
 * `ServiceUnavailable` when one of them is away: an answer without names would look like one whose names are erased.
 */
export class RequestPeople {
  constructor(private readonly logs: ContextSource) {}

  async of(entries: readonly Pick<LedgerEntry, 'stream' | 'request_id'>[]): Promise<People> {
    const byOwner = Map.groupBy(entries, ({ stream }) => ownerOf[stream.split('-')[0] as keyof typeof ownerOf]);
    const found = await Promise.all(
      [...byOwner].map(([owner, some]) =>
        this.logs.contexts(owner, [...new Set(some.map((entry) => entry.request_id))]),
      ),
    );
    return Object.fromEntries(
      found.flat().map(({ request_id, user_name, source_address, user_agent }) => [
        request_id,
        {
          ...(user_name && { user_name }),
          ...(source_address && { source_address }),
          ...(user_agent && { user_agent }),
        },
      ]),
    );
  }
}

/** For admins and auditors. Throws `Refusal` `forbidden`. */
export function assertMaySeePeople(scope: Scope): void {
  if (scope !== 'all') throw new Refusal('forbidden', 'Who a request came from is shown to admins and auditors.');
}
