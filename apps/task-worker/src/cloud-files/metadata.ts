import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from '@cloud-images/contracts';

/** Names in lower case, without what they begin with in a header; values as they were sent. */
export type Metadata = Readonly<Record<string, string>>;
export type Holder = 'account' | 'container' | 'object';

const maxCount = 90;
const maxNameBytes = 128;
const maxValueBytes = 256;
const maxBytes = 4_096;

const metadataHeader = /^(x-(?:remove-)?(?:account|container|object)-meta-)(.+)$/;

/** What is asked for with headers that other object stores know and this one does not: said, instead of passed over. */
const notOffered: Readonly<Record<string, string>> = {
  'x-container-read': 'access lists',
  'x-container-write': 'access lists',
  'x-container-sync-to': 'synchronised containers',
  'x-versions-location': 'versions of objects',
  'x-history-location': 'versions of objects',
  'x-versions-enabled': 'versions of objects',
  'x-object-manifest': 'dynamic large objects, only static ones',
  'x-symlink-target': 'symbolic links',
};

/** Throws `Refusal` `not-offered`: a client that believed in an access list that is not there would be worse off. */
export function assertOffered(headers: IncomingHttpHeaders): void {
  const wanted = Object.keys(notOffered).find((name) => (headers[name] ?? '') !== '');
  if (wanted !== undefined) throw new Refusal('not-offered', `This object store has no ${notOffered[wanted]}.`);
}

/** `X-<Holder>-Meta-<name>` headers; an empty value stands for a removal. Throws `Refusal` for too many or too long ones. */
export function metadataIn(headers: IncomingHttpHeaders, holder: Holder): Metadata {
  const found: Record<string, string> = {};
  for (const [header, value] of Object.entries(headers)) {
    const [matched, prefix, name] = metadataHeader.exec(header) ?? [];
    if (matched === undefined || name === undefined || !prefix!.endsWith(`${holder}-meta-`)) continue;
    found[name] = header.startsWith('x-remove-') ? '' : String(value);
  }
  assertLimits(found);
  return found;
}

/** What is there with what was sent laid over it. */
export function merged(known: Metadata, sent: Metadata): Metadata {
  const all = Object.fromEntries(Object.entries({ ...known, ...sent }).filter(([, value]) => value !== ''));
  assertLimits(all);
  return all;
}

export const withoutRemoved = (sent: Metadata): Metadata => merged({}, sent);

export function metadataHeaders(metadata: Metadata, holder: Holder): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-${holder}-meta-${name}`, value]));
}

function assertLimits(metadata: Metadata): void {
  const entries = Object.entries(metadata);
  const sizes = entries.map(([name, value]) => [Buffer.byteLength(name), Buffer.byteLength(value, 'latin1')] as const);
  const total = sizes.reduce((sum, [name, value]) => sum + name + value, 0);
  const tooLong = sizes.some(([name, value]) => name > maxNameBytes || value > maxValueBytes);
  if (entries.length <= maxCount && total <= maxBytes && !tooLong) return;
  throw new Refusal(
    'bad-request',
    `Metadata has at most ${maxCount} items, ${maxNameBytes} bytes in a name, ${maxValueBytes} in a value, ${maxBytes} in all.`,
  );
}
