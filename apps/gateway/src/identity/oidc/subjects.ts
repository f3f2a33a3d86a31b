import { createHmac, hkdfSync } from 'node:crypto';

const purpose = 'cloud-images subject v1';
const minSecretBytes = 32;
/** What no person is called by: a UUID, or a long number or hexadecimal. */
const opaque = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{20,64})$/i;

/**
 * The id under which a subject goes into the log, which nothing is ever erased from: its own when it says nothing about a
 * person, else (an e-mail, a name) a pseudonym that is the same each time and that nobody without the secret can guess.
 */
export class Subjects {
  private readonly key: Buffer;

  constructor(
    secret: Buffer,
    private readonly issuer: string,
  ) {
    if (secret.length < minSecretBytes) throw new Error(`the token secret must have at least ${minSecretBytes} bytes`);
    this.key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), purpose, 32));
  }

  /** A pseudonym begins with `sub-`, which no opaque subject does: nobody can take another's. */
  idOf(subject: string): string {
    if (opaque.test(subject)) return subject;
    const mac = createHmac('sha256', this.key).update(JSON.stringify([this.issuer, subject]));
    return `sub-${mac.digest('hex').slice(0, 32)}`;
  }
}
