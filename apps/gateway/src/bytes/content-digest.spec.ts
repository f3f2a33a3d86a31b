import { createHash } from 'node:crypto';
import { expectedDigests } from './content-digest.js';

const sha256 = createHash('sha256').update('data').digest();
const sha512 = createHash('sha512').update('data').digest();
const text = (digest: Buffer) => `:${digest.toString('base64')}:`;

describe('Content-Digest', () => {
  it('is read for every algorithm that is checked; others are passed over', () => {
    expect(expectedDigests(undefined)).toEqual([]);
    const header = `md5=:YQ==:, sha-256=${text(sha256)},sha-512=${text(sha512)} , unixsum=:AA==:`;
    expect(expectedDigests(header)).toEqual([
      { algorithm: 'sha-256', value: sha256 },
      { algorithm: 'sha-512', value: sha512 },
    ]);
  });

  it.each([
    '',
    'sha-256',
    `sha-256=${sha256.toString('hex')}`,
    `sha-256=:${sha256.toString('hex')}:`,
    `sha-256=${text(sha512)}`,
    `sha-256=${text(sha256)},`,
    `SHA-256=${text(sha256)}`,
    'md5=:YQ==:',
    `sha-256=:${sha256.toString('base64url')}:`,
  ])('refuses %j', (header) => {
    expect(() => expectedDigests(header)).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });
});
