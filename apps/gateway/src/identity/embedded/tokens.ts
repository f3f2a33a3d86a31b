import { randomBytes } from 'node:crypto';
import type { Bearer, IdentitySource } from '../port.js';
import type { TokenClaims, TokenSeal } from './token-seal.js';
import type { UsersDirectory } from './users-directory.js';
import type { Project, User } from './users-file.js';

/** What a token of ours gives to whom, by the users file as it is now. */
export interface Grant {
  readonly claims: TokenClaims;
  readonly user: User;
  readonly project: Project | null;
  readonly roles: readonly string[];
}

export interface TokensOptions {
  readonly seal: TokenSeal;
  readonly users: UsersDirectory;
  readonly lifetimeSeconds: number;
  readonly publicUrl: string;
  readonly now?: () => number;
}

interface Issue {
  readonly user: User;
  readonly project: Project | null;
  readonly methods: readonly string[];
  /** The grant of the token that this one is made from: it ends no later. */
  readonly from?: Grant;
}

/** Issues tokens to the people of the users file and says who bears one. */
export class Tokens implements IdentitySource {
  readonly challenge: string;
  readonly takesAuthorization = false;
  private readonly now: () => number;

  constructor(private readonly options: TokensOptions) {
    this.now = options.now ?? Date.now;
    this.challenge = `Keystone uri="${options.publicUrl}/identity/v3"`;
  }

  issue({ user, project, methods, from }: Issue): { token: string; grant: Grant } {
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
    return { token: this.options.seal.seal(claims), grant: granted(claims, user, project) };
  }

  /** Null when the token is not (or no longer) valid. */
  open(token: string): Grant | null {
    const claims = this.options.seal.open(token);
    if (claims === null || claims.expiresAt <= this.now()) return null;
    const user = this.options.users.userById(claims.user);
    const project = claims.project === null ? null : this.options.users.projectById(claims.project);
    if (user === undefined || user.credential !== claims.credential || project === undefined) return null;
    if (project !== null && !user.roles.get(project.id)?.length) return null;
    return granted(claims, user, project);
  }

  bearer(token: string): Bearer | null {
    const grant = this.open(token);
    if (grant === null) return null;
    const { claims, user, project, roles } = grant;
    return {
      user: user.id,
      userName: user.name,
      project: project?.id ?? null,
      roles,
      source: 'embedded',
      expiresAt: claims.expiresAt,
    };
  }

  async check(): Promise<void> {}

  async close(): Promise<void> {
    this.options.users.close();
  }
}

const granted = (claims: TokenClaims, user: User, project: Project | null): Grant => ({
  claims,
  user,
  project,
  roles: project === null ? [] : (user.roles.get(project.id) ?? []),
});
