import { randomBytes } from 'node:crypto';
import type { IdentitySigner } from '@cloud-images/service-kit';
import type { TokenClaims, TokenSeal } from './token-seal.js';
import type { UsersDirectory } from './users-directory.js';
import type { Project, User } from './users-file.js';

/** What is known of the bearer of a valid token. */
export interface Session {
  readonly claims: TokenClaims;
  readonly user: User;
  readonly project: Project | null;
  readonly roles: readonly string[];
  /** The user's name as a header can carry it. */
  readonly encodedUserName: string;
  /** The identity that inner services believe; signed again before it ends. */
  signed: string;
  signedUntil: number;
}

/** A session is looked up again after this long at the latest. */
const maxCachedMs = 60_000;
const maxCached = 10_000;

export interface TokensOptions {
  readonly seal: TokenSeal;
  readonly users: UsersDirectory;
  readonly signer: IdentitySigner;
  readonly lifetimeSeconds: number;
  readonly now?: () => number;
}

interface Issue {
  readonly user: User;
  readonly project: Project | null;
  readonly methods: readonly string[];
  /** The session of the token that this one is made from: it ends no later. */
  readonly from?: Session;
}

/** Issues tokens and says who bears one. The cache only saves work: whatever is in it can be found out again. */
export class Tokens {
  private readonly cache = new Map<string, { readonly session: Session; readonly until: number }>();
  private readonly now: () => number;

  constructor(private readonly options: TokensOptions) {
    this.now = options.now ?? Date.now;
    options.users.onChange(() => this.cache.clear());
  }

  issue({ user, project, methods, from }: Issue): { token: string; session: Session } {
    const issuedAt = this.now();
    const chain = from?.claims.audit.at(-1);
    const claims: TokenClaims = {
      user: user.id,
      project: project?.id ?? null,
      methods: [...new Set([...methods, ...(from?.claims.methods ?? [])])],
      audit: [randomBytes(16).toString('base64url'), ...(chain === undefined ? [] : [chain])],
      issuedAt,
      expiresAt: Math.min(issuedAt + this.options.lifetimeSeconds * 1000, from?.claims.expiresAt ?? Infinity),
      credential: user.credential,
    };
    return { token: this.options.seal.seal(claims), session: this.session(claims, user, project) };
  }

  /** The bearer, with an identity signed for now; null when the token is not (or no longer) valid. */
  resolve(token: string): Session | null {
    const now = this.now();
    const cached = this.cache.get(token);
    const session = cached !== undefined && cached.until > now ? cached.session : this.lookUp(token, now);
    if (session !== null && session.signedUntil <= now) this.sign(session);
    return session;
  }

  /** An identity signed for now; also for a session whose token ended while its download goes on. */
  signedNow(session: Session): string {
    if (session.signedUntil <= this.now()) this.sign(session);
    return session.signed;
  }

  private lookUp(token: string, now: number): Session | null {
    this.cache.delete(token);
    const claims = this.options.seal.open(token);
    if (claims === null || claims.expiresAt <= now) return null;
    const user = this.options.users.userById(claims.user);
    const project = claims.project === null ? null : this.options.users.projectById(claims.project);
    if (user === undefined || user.credential !== claims.credential || project === undefined) return null;
    if (project !== null && !user.roles.get(project.id)?.length) return null;
    const session = this.session(claims, user, project);
    this.remember(token, session, Math.min(now + maxCachedMs, claims.expiresAt));
    return session;
  }

  private remember(token: string, session: Session, until: number): void {
    if (this.cache.size >= maxCached) {
      let surplus = maxCached / 10;
      for (const oldest of this.cache.keys()) {
        if (surplus-- <= 0) break;
        this.cache.delete(oldest);
      }
    }
    this.cache.set(token, { session, until });
  }

  private session(claims: TokenClaims, user: User, project: Project | null): Session {
    const roles = project === null ? [] : (user.roles.get(project.id) ?? []);
    const session = {
      claims,
      user,
      project,
      roles,
      encodedUserName: encodeURIComponent(user.name),
      signed: '',
      signedUntil: 0,
    };
    this.sign(session);
    return session;
  }

  private sign(session: Session): void {
    const { signer } = this.options;
    session.signedUntil = signer.usableUntil();
    session.signed = signer.sign({
      user: session.user.id,
      project: session.project?.id ?? null,
      roles: session.roles,
      source: 'embedded',
    });
  }
}
