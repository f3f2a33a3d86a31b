// Certificates for tests, made here: a machine with only Node has no openssl. The little of X.509 (RFC 5280) in DER that
// a server with a CA needs.
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

export interface Certified {
  readonly cert: string;
  readonly key: string;
}

const derLength = (length: number): Buffer =>
  Buffer.from(length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]);
const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), derLength(content.length), content]);
};
const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Buffer) => der(0x04, content);
const bits = (content: Buffer) => der(0x03, Buffer.from([0]), content);
const yes = der(0x01, Buffer.from([0xff]));
const nameOf = (text: string) => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))));
const time = (inDays: number) => {
  const text = new Date(Date.now() + inDays * 86_400_000).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return der(0x18, Buffer.from(text));
};
const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
const subjectAlternativeName = sequence(
  oid('551d11'),
  octets(sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])))),
);
const isAuthority = sequence(oid('551d13'), yes, octets(sequence(yes)));

function certified(subject: string, publicKey: KeyObject, issuer: string, key: KeyObject, extension: Buffer): string {
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1]), randomBytes(8)),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(time(-1), time(30)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  const bytes = sequence(content, ecdsaWithSha256, bits(sign('sha256', content, key)));
  return `-----BEGIN CERTIFICATE-----\n${bytes
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** An authority, and what it certifies for localhost and 127.0.0.1. */
export class CertificateAuthority {
  readonly cert: string;
  private readonly pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  constructor(private readonly name = 'An authority for tests') {
    this.cert = certified(name, this.pair.publicKey, name, this.pair.privateKey, isAuthority);
  }

  certify(subject: string): Certified {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return {
      cert: certified(subject, publicKey, this.name, this.pair.privateKey, subjectAlternativeName),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  }
}
