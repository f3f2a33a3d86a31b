import { hash } from 'node:crypto';
import { Refusal, type Identity } from '@cloud-images/contracts';
import { unavailable, type IdentitySigner } from '@cloud-images/service-kit';
import { BoundedCache } from './bounded-cache.js';
import type { Bearer, IdentitySource } from './port.js';

/** The bearer of a valid token, for as long as that may be believed without asking again. */
export interface Session {
  readonly identity: Omit<Identity, 'via' | 'project'> & { readonly project: string };
  /** The user's name as a header can carry it. */
  readonly encodedUserName: string;
  /** The identity that inner services believe; signed again before it ends. */
  signed: string;
  signedUntil: number;
}

const maxSessions = 10_000;
/** In a cache of their own, so that a flood of nonsense pushes nobody out. */
const maxRefused = 10_000;
const maxRefusedMs = 10_000;
/** Tokens that are being looked up at one time. */
const maxPending = 1_000;
const maxTokenLength = 16 * 1024;
/** What an inner service takes as an identity is bounded, and so is a header. */
const maxRolesLength = 4_096;
const maxNameLength = 255;

export interface SessionsOptions {
  readonly source: IdentitySource;
  readonly signer: IdentitySigner;
  /** How long a revoked token may pass at most. */
  readonly cacheSeconds: number;
  readonly now?: () => number;
}

/**
 * Who bears a token: asks the source, once for all requests that come with it meanwhile, and remembers the answer for a
 * while, never beyond the token's own end. Keeps digests of tokens, not tokens.
 */
export class Sessions {
  private readonly known = new BoundedCache<Session>(maxSessions);
  private readonly refused = new BoundedCache<Refusal | null>(maxRefused);
  private readonly pending = new Map<string, Promise<Session | null>>();
  private readonly now: () => number;

  constructor(private readonly options: SessionsOptions) {
    this.now = options.now ?? Date.now;
  }

  /** With an identity signed for now; null when the token is not (or no longer) valid. Throws what the source throws. */
  resolve(token: string): Session | null | Promise<Session | null> {
    if (token === '' || token.length > maxTokenLength) return null;
    const now = this.now();
    const key = hash('sha256', token, 'base64url');
    const session = this.known.get(key, now);
    if (session !== undefined) return this.freshlySigned(session, now);
    const refusal = this.refused.get(key, now);
    if (refusal) throw refusal;
    return refusal === null ? null : (this.pending.get(key) ?? this.lookUp(token, key, now));
  }

  /** An identity signed for now; also for a session whose token ended while its download goes on. */
  signedNow(session: Session): string {
    return this.freshlySigned(session, this.now()).signed;
  }

  /** What was known may have changed. */
  forget(): void {
    this.known.clear();
    this.refused.clear();
  }

  private lookUp(token: string, key: string, now: number): Session | null | Promise<Session | null> {
    if (this.pending.size >= maxPending) throw unavailable();
    try {
      const answer = this.options.source.bearer(token);
      if (!(answer instanceof Promise)) return this.settle(key, answer, now);
      const settled = answer
        .then((bearer) => this.settle(key, bearer, now))
        .catch((error: unknown) => this.refuse(key, error, now))
        .finally(() => this.pending.delete(key));
      this.pending.set(key, settled);
      return settled;
    } catch (error) {
      return this.refuse(key, error, now);
    }
  }

  /** `asked`: what is true of a token now may have been so only until the source was asked. */
  private settle(key: string, bearer: Bearer | null, asked: number): Session | null {
    const cacheMs = this.options.cacheSeconds * 1_000;
    if (bearer === null || bearer.expiresAt <= this.now()) {
      this.refused.set(key, null, asked + Math.min(cacheMs, maxRefusedMs));
      return null;
    }
    const session = this.session(bearer);
    this.known.set(key, session, Math.min(asked + cacheMs, bearer.expiresAt));
    return session;
  }

  /** An outage is nobody's fault and is not remembered. */
  private refuse(key: string, error: unknown, asked: number): never {
    if (error instanceof Refusal && error.code === 'forbidden') {
      this.refused.set(key, error, asked + Math.min(this.options.cacheSeconds * 1_000, maxRefusedMs));
    }
    throw error;
  }

  private session({ user, userName, project, roles, source }: Bearer): Session {
    if (project === null) {
      throw new Refusal('forbidden', 'This token is not scoped to a project, and images belong to projects.');
    }
    if (roles.reduce((length, role) => length + role.length + 3, 0) > maxRolesLength) {
      throw new Refusal('forbidden', 'This token names more roles than this service takes.');
    }
    const session: Session = {
      identity: { user, project, roles, source },
      // Half a surrogate pair has no encoding, and no database takes a NUL.
      encodedUserName: encodeURIComponent(userName.replaceAll('\0', '').slice(0, maxNameLength).toWellFormed()),
      signed: '',
      signedUntil: 0,
    };
    return this.freshlySigned(session, this.now());
  }

  private freshlySigned(session: Session, now: number): Session {
    if (session.signedUntil > now) return session;
    const { signer } = this.options;
    session.signedUntil = signer.usableUntil();
    session.signed = signer.sign(session.identity);
    return session;
  }
}
