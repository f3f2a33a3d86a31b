import { Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import type { Networks } from './networks.js';

const timeoutMs = 2_000;
const tries = 2;

export interface PinnedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/**
 * Addresses of names, asked of the DNS itself: no hosts file, no search domain, and no thread of the pool that a slow
 * server could hold. All addresses of a name must be allowed: a name that also means something inside is refused whole.
 */
export class HostResolver {
  constructor(
    private readonly networks: Networks,
    /** `address:port` of name servers; empty: the system's. */
    private readonly servers: readonly string[],
  ) {}

  /** What a connection to `hostname` may go to; throws when that is nothing. */
  async pin(hostname: string, signal: AbortSignal): Promise<readonly PinnedAddress[]> {
    const found = await this.ask(hostname, signal);
    if (found.length === 0) throw new Error('the name has no address');
    if (!found.every((address) => this.networks.allow(address))) throw new Error('the name has a forbidden address');
    return found.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  }

  private async ask(hostname: string, signal: AbortSignal): Promise<string[]> {
    // One for each name: cancelling ends the questions of all who share it.
    const resolver = new Resolver({ timeout: timeoutMs, tries });
    if (this.servers.length > 0) resolver.setServers([...this.servers]);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel);
    try {
      const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
      signal.throwIfAborted();
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
}
