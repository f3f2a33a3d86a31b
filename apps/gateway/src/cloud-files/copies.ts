// What is asked for when an object is to be copied on the server: `PUT` with `X-Copy-From`, or `COPY` with `Destination`.
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from '@cloud-images/contracts';
import type { ObjectName } from './object-calls.js';

/** `/container/object`, percent-encoded, in the same account. Throws `Refusal` for what is none. */
export function copyName(account: string, header: string | undefined): ObjectName {
  const [, container, object] = /^\/?([^/]+)\/(.+)$/su.exec(decoded(header ?? '')) ?? [];
  if (container !== undefined && object !== undefined) return { account, container, object };
  throw new Refusal('bad-request', 'A copy needs /container/object, percent-encoded, as X-Copy-From or Destination.');
}

/** Throws `Refusal` for copies that are not offered. */
export function assertOneAccount(headers: IncomingHttpHeaders): void {
  if (headers['x-copy-from-account'] === undefined && headers['destination-account'] === undefined) return;
  throw new Refusal('not-offered', 'This object store has no copies from one account to another.');
}

export const pathOf = ({ account, container, object }: ObjectName): string =>
  `/v1/${[account, container, ...object.split('/')].map(encodeURIComponent).join('/')}`;

/** What the copy has of its source, unless it was asked for without. */
export function copiedMetadata(source: IncomingHttpHeaders, wanted: IncomingHttpHeaders): Record<string, string> {
  if (/^(?:true|1|yes|on|t|y)$/i.test(String(wanted['x-fresh-metadata'] ?? ''))) return {};
  const kept = Object.entries(source).filter(([name]) => name.startsWith('x-object-meta-'));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
