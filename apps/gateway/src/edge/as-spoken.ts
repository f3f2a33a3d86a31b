import { internalPrefix } from '@cloud-images/contracts';
import type { Exchange } from './exchange.js';

/**
 * For what the gateway answers itself behind Nest: who asks, in the headers by which every service is told. What the client
 * said in our name is taken out first.
 */
export function asSpoken(exchange: Exchange): void {
  const { headers } = exchange.req;
  for (const name of Object.keys(headers)) if (name.startsWith(internalPrefix)) delete headers[name];
  if (exchange.session === null) return;
  const inward = exchange.headersInward(exchange.session.signed);
  for (let at = 0; at < inward.length; at += 2) {
    if (inward[at]!.startsWith(internalPrefix)) headers[inward[at]!] = inward[at + 1]!;
  }
}
