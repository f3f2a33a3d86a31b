import type { IncomingHttpHeaders } from 'node:http';
import { isAboutFiles, pushFileHeaders } from '../cloud-files/file-headers.js';

/** What of a service's answer a client gets to see; everything else stays inside. */
const shown = [
  'content-type',
  'content-length',
  'content-disposition',
  'location',
  'etag',
  'allow',
  'idempotent-replayed',
  'accept-patch',
  'retry-after',
  'deprecation',
  'cache-control',
  'vary',
  'openstack-image-import-methods',
  'openstack-image-store-ids',
] as const;

/** Name, value, name, value …, with the request id. */
export function answerHeaders(headers: IncomingHttpHeaders, requestId: string, route = ''): string[] {
  const result = ['x-openstack-request-id', requestId];
  for (const name of shown) {
    const value = headers[name];
    if (typeof value === 'string') result.push(name, value);
  }
  if (isAboutFiles(route)) pushFileHeaders(result, headers);
  return result;
}
