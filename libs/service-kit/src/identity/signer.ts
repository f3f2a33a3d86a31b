import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { Identity } from '@cloud-images/contracts';
import { maxLifetimeSeconds, type Claims } from './claims.js';

/** A signature is renewed while it still has this long to live, so that what it accompanies arrives in time. */
const renewBeforeMs = 20_000;

/** Vouches for callers in the name of one service: `payload.signature`, both base64url, Ed25519. */
export class IdentitySigner {
  private readonly key: KeyObject;
  private own: { text: string; usableUntil: number } | null = null;

  constructor(
    privateKeyPem: string,
    readonly service: string,
    private readonly now: () => number = Date.now,
  ) {
    this.key = createPrivateKey(privateKeyPem);
    if (this.key.asymmetricKeyType !== 'ed25519') throw new Error('a service key must be an Ed25519 private key');
  }

  /** Valid for 60 s at most; callers keep the text per token and sign again before `usableUntil`. */
  sign(identity: Omit<Identity, 'via'>, lifetimeSeconds = maxLifetimeSeconds): string {
    const iat = Math.floor(this.now() / 1000);
    const claims: Claims = {
      user: identity.user,
      project: identity.project,
      roles: identity.roles,
      via: this.service,
      source: identity.source,
      iat,
      exp: iat + Math.min(lifetimeSeconds, maxLifetimeSeconds),
    };
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${payload}.${sign(null, Buffer.from(payload), this.key).toString('base64url')}`;
  }

  /** Time (ms) until which a text signed now should be sent again rather than renewed. */
  usableUntil(): number {
    return this.now() + maxLifetimeSeconds * 1000 - renewBeforeMs;
  }

  /** The service acting in its own name: no project, no roles. */
  signSelf(): string {
    if (this.own === null || this.own.usableUntil <= this.now()) {
      const usableUntil = this.usableUntil();
      this.own = {
        text: this.sign({ user: this.service, project: null, roles: [], source: 'service' }),
        usableUntil,
      };
    }
    return this.own.text;
  }
}
