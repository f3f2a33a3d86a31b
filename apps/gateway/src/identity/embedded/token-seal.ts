import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** What a token stands for. Roles are not in it: they are looked up, so that a change in the users file counts at once. */
export interface TokenClaims {
  readonly user: string;
  readonly project: string | null;
  readonly methods: readonly string[];
  /** The token's own audit id, and that of the first token of a chain of re-issues. */
  readonly audit: readonly string[];
  /** milliseconds since 1970 */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Of the user's password at the time of issue. */
  readonly credential: string;
}

const ivLength = 12;
const tagLength = 16;
const purpose = 'cloud-images token v1';
const maxTokenLength = 2_048;
const minSecretBytes = 32;

/**
 * Tokens that the gateway can read and nobody can make: AES-256-GCM over the claims. Nothing is kept on the server, so
 * that unauthenticated requests cost no state and every replica with the secret knows every token.
 */
export class TokenSeal {
  private readonly key: Buffer;

  constructor(secret: Buffer) {
    if (secret.length < minSecretBytes) throw new Error(`the token secret must have at least ${minSecretBytes} bytes`);
    this.key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), purpose, 32));
  }

  seal(claims: TokenClaims): string {
    const iv = randomBytes(ivLength);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(purpose));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(claims), 'utf8'), cipher.final()]);
    return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** The claims, or null for anything that was not sealed here. Says nothing about expiry. */
  open(token: string): TokenClaims | null {
    if (token.length > maxTokenLength) return null;
    const bytes = Buffer.from(token, 'base64url');
    // Only the canonical spelling: otherwise one token would pass under many texts.
    if (bytes.length <= ivLength + tagLength || bytes.toString('base64url') !== token) return null;
    const sealed = bytes.subarray(ivLength, bytes.length - tagLength);
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, ivLength), {
        authTagLength: tagLength,
      })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(bytes.length - tagLength));
      return JSON.parse(Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8')) as TokenClaims;
    } catch {
      return null;
    }
  }
}
