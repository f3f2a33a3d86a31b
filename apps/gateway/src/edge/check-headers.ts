import type { IncomingMessage } from 'node:http';
import { Refusal } from '@cloud-images/contracts';

/** Headers that we read: given twice, we and whoever stands before us might each believe another one. */
const singular = new Set([
  'accept',
  'authorization',
  'content-digest',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'if-match',
  'if-range',
  'last-event-id',
  'range',
  'transfer-encoding',
  'x-auth-token',
  'x-openstack-image-size',
  'x-openstack-request-id',
  'x-subject-token',
]);
const connectionOptions = new Set([
  'close',
  'keep-alive',
  'te',
  'upgrade',
  'http2-settings',
  'proxy-authorization',
  '',
]);

/** Refuses what is ambiguous before anything is believed. Hop-by-hop headers are never handed on. */
export function checkHeaders(req: IncomingMessage): void {
  const { rawHeaders, headers } = req;
  let seen: string[] | null = null;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (!singular.has(name)) continue;
    if (seen === null) seen = [name];
    else if (seen.includes(name)) throw new Refusal('bad-request', `The header ${name} is there more than once.`);
    else seen.push(name);
  }
  if (headers.host === undefined && req.httpVersion === '1.1') {
    throw new Refusal('bad-request', 'The header Host is missing.');
  }
  if (headers.connection !== undefined) checkConnection(headers.connection);
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    throw new Refusal('unsupported-media-type', 'Encoded bodies are not supported.');
  }
}

/** A header that Connection names would be dropped by every proxy on the way: none of those that we read may be. */
function checkConnection(connection: string): void {
  if (connection === 'keep-alive' || connection === 'close') return;
  for (const option of connection.toLowerCase().split(',')) {
    if (!connectionOptions.has(option.trim()) && singular.has(option.trim())) {
      throw new Refusal('bad-request', 'The header Connection names a header that is not hop-by-hop.');
    }
  }
}
