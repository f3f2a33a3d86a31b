import type { lookup, LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { sharedLookup } from './one-lookup-a-name.js';

/** A connection lives no longer than this, so that instances that were added get their share. */
export const connectionLifeMs = 60_000;

/**
 * Name resolution for pools of connections to a service with several instances. The system sorts the addresses of a name
 * the same way each time, so every connection would go to one instance; this begins with another address each time. The
 * ones behind it are tried when the first doesn't answer.
 */
export function spreadOver(resolve: typeof lookup): LookupFunction {
  let turn = 0;
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const turned = turnedBy(addresses, turn++);
      const [first] = turned;
      if (options.all || first === undefined) callback(null, turned);
      else callback(null, first.address, first.family);
    });
  };
}

export const spreadLookup = spreadOver(sharedLookup);

function turnedBy(addresses: readonly LookupAddress[], by: number): LookupAddress[] {
  const at = addresses.length === 0 ? 0 : by % addresses.length;
  return [...addresses.slice(at), ...addresses.slice(0, at)];
}
