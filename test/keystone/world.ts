import type { Stack } from '../../tools/stack.mjs';
import type { Clients } from '../journeys/clients.ts';
import type { Tally } from '../journeys/tally.ts';
import type { ApiClient } from '../support/api-client.ts';
import type { KeystoneServer } from './keystone-server.ts';

/** What the checks of one run share. */
export interface World {
  readonly tally: Tally;
  readonly keystone: KeystoneServer;
  readonly clients: Clients;
  /** Without a token of its own: each call says whose it is. */
  readonly api: ApiClient;
  readonly cacheSeconds: number;
  readonly stack: Stack;
  readonly dir: string;
}

/** Every token that was shown to the service, to be looked for in its logs. */
export const shown = new Set<string>();

export function as(token: string): { headers: Record<string, string> } {
  shown.add(token);
  return { headers: { 'x-auth-token': token } };
}
