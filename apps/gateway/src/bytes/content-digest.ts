import { Refusal } from '@cloud-images/contracts';
import type { ExpectedDigest } from '@cloud-images/image-data';

const bytesOf = { 'sha-256': 32, 'sha-512': 64 } as const;
const member = /^([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):$/;

/**
 * What a client says the data hashes to: `Content-Digest` (RFC 9530), a dictionary of algorithm and `:base64:`. Algorithms
 * that are broken or not known are passed over, as the RFC says; a header of which nothing is left to compare is refused,
 * because its sender relies on it. Throws `Refusal`.
 */
export function expectedDigests(header: string | string[] | undefined): ExpectedDigest[] {
  if (header === undefined) return [];
  if (typeof header !== 'string') throw malformed();
  const digests: ExpectedDigest[] = [];
  for (const part of header.split(',')) {
    const [, algorithm, text] = member.exec(part.trim()) ?? [];
    if (algorithm === undefined || text === undefined) throw malformed();
    if (algorithm !== 'sha-256' && algorithm !== 'sha-512') continue;
    const value = Buffer.from(text, 'base64');
    if (value.length !== bytesOf[algorithm] || value.toString('base64') !== text) throw malformed();
    digests.push({ algorithm, value });
  }
  if (digests.length === 0) throw new Refusal('bad-request', 'Content-Digest can be checked by sha-256 and sha-512.');
  return digests;
}

const malformed = (): Refusal =>
  new Refusal('bad-request', 'Content-Digest must name algorithms with their digests, as sha-256=:base64:.');
