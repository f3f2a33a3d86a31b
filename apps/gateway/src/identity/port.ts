import type { Identity } from '@cloud-images/contracts';

/** Who bears a valid token, as a source of identity knows it. */
export interface Bearer {
  readonly user: string;
  /** For people; kept out of the log. */
  readonly userName: string;
  /** Null for a token without a project, which is no good for images. */
  readonly project: string | null;
  /** Implied ones included. */
  readonly roles: readonly string[];
  readonly source: Identity['source'];
  /** milliseconds since 1970 */
  readonly expiresAt: number;
}

/** Where identities come from: the users file of this service, a Keystone, an issuer of JWTs. */
export interface IdentitySource {
  /** WWW-Authenticate of a 401: where and how a client gets a token. */
  readonly challenge: string;
  /** Whether tokens also come as `Authorization: Bearer …`. */
  readonly takesAuthorization: boolean;
  /**
   * The bearer of a token, now or when the source has answered; null when it is not, or no longer, a token of this source.
   * Throws a `Refusal`: `forbidden` for a good token that can't be used here, `unavailable` when nobody can say.
   */
  bearer(token: string): Bearer | null | Promise<Bearer | null>;
  /** Rejects while tokens can't be checked. */
  check(): Promise<void>;
  close(): Promise<void>;
}
