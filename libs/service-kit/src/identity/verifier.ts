import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Identity } from '@cloud-images/contracts';
import { maxLifetimeSeconds, readClaims, type Claims } from './claims.js';

const maxCached = 10_000;
const maxTextLength = 8_192;
/** Our services share clocks well enough; a text from further ahead is refused. */
const toleratedSkewSeconds = 5;

export class IdentityRejected extends Error {
  override readonly name = 'IdentityRejected';
}

/** Believes an identity only when the service it names in `via` signed it, with the key that is filed under that name. */
export class IdentityVerifier {
  private readonly keys = new Map<string, KeyObject>();
  private readonly known = new Map<string, { readonly identity: Identity; readonly expiresAt: number }>();

  /** Keys are read once: `<service>.pem` in the directory. */
  constructor(
    publicKeysDirectory: string,
    private readonly now: () => number = Date.now,
  ) {
    for (const file of readdirSync(publicKeysDirectory).filter((name) => name.endsWith('.pem'))) {
      const pem = readFileSync(join(publicKeysDirectory, file), 'utf8');
      if (pem.includes('PRIVATE')) throw new Error(`${file} among the public keys is a private key`);
      const key = createPublicKey(pem);
      if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} among the public keys is not Ed25519`);
      this.keys.set(basename(file, '.pem'), key);
    }
  }

  /** The identity a signed text stands for; throws `IdentityRejected`. Checked once per text, then remembered until it ends. */
  verify(text: string): Identity {
    const known = this.known.get(text);
    if (known !== undefined) {
      if (known.expiresAt > this.now()) return known.identity;
      this.known.delete(text);
    }
    const { iat, exp, ...identity } = this.check(text);
    if (this.known.size >= maxCached) this.forgetOldest();
    this.known.set(text, { identity: Object.freeze(identity), expiresAt: exp * 1000 });
    return identity;
  }

  private check(text: string): Claims {
    const dot = text.indexOf('.');
    if (text.length > maxTextLength || dot < 0) throw new IdentityRejected('not a signed identity');
    const payload = text.slice(0, dot);
    const claims = readClaims(decoded(payload));
    const key = claims === null ? undefined : this.keys.get(claims.via);
    if (claims === null || key === undefined) throw new IdentityRejected('nobody known vouches for this identity');
    // Only the canonical spelling: otherwise one signature would pass under many texts.
    const signature = Buffer.from(text.slice(dot + 1), 'base64url');
    const canonical = signature.toString('base64url') === text.slice(dot + 1);
    if (!canonical || !verify(null, Buffer.from(payload), key, signature)) throw new IdentityRejected('bad signature');
    const now = this.now() / 1000;
    if (claims.exp <= now) throw new IdentityRejected('the identity has expired');
    if (claims.iat > now + toleratedSkewSeconds || claims.exp - claims.iat > maxLifetimeSeconds) {
      throw new IdentityRejected('the identity is valid for longer than allowed');
    }
    return claims;
  }

  private forgetOldest(): void {
    let surplus = this.known.size - maxCached + 1 + maxCached / 10;
    for (const text of this.known.keys()) {
      if (surplus-- <= 0) break;
      this.known.delete(text);
    }
  }
}

function decoded(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
