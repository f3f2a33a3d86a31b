// The login of a service user at a Keystone (API v3), without the way it is sent: the gateway checks tokens with it, the
// task-worker reaches a Swift.

export interface ServiceUser {
  readonly username: string;
  readonly password: string;
  readonly project: string;
  /** Domains by name. */
  readonly userDomain: string;
  readonly projectDomain: string;
}

export interface IssuedToken {
  readonly token: string;
  /** milliseconds since 1970 */
  readonly expiresAt: number;
}

/** The root of the API v3 below a Keystone's address. */
export const v3Of = (address: string): string => `${address.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3`;

/** Below the root. */
export const loginPath = '/auth/tokens?nocatalog';

export function loginBody({ username, password, project, userDomain, projectDomain }: ServiceUser): object {
  const user = { name: username, password, domain: { name: userDomain } };
  return {
    auth: {
      identity: { methods: ['password'], password: { user } },
      scope: { project: { name: project, domain: { name: projectDomain } } },
    },
  };
}

/** What a 201 gives; null when it is not usable. */
export function issuedToken(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: unknown,
): IssuedToken | null {
  const { token: { expires_at: expires = '' } = {} } = (body ?? {}) as { token?: { expires_at?: string } };
  const token = headers['x-subject-token'];
  const expiresAt = Date.parse(expires);
  return typeof token !== 'string' || Number.isNaN(expiresAt) ? null : { token, expiresAt };
}
