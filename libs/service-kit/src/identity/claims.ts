import type { Identity } from '@cloud-images/contracts';

/** How long a signed identity may be valid at most, seconds. */
export const maxLifetimeSeconds = 60;

/** What is signed: an identity that the service `via` vouches for, for a short time (seconds since 1970). */
export interface Claims extends Identity {
  readonly iat: number;
  readonly exp: number;
}

const sources: readonly string[] = [
  'embedded',
  'keystone',
  'oidc',
  'rackspace',
  'service',
] satisfies Identity['source'][];

/** The claims in a decoded payload, or null when it has any other shape. */
export function readClaims(value: unknown): Claims | null {
  if (typeof value !== 'object' || value === null) return null;
  const { user, project, roles, via, source, iat, exp } = value as Record<string, unknown>;
  const wellFormed =
    typeof user === 'string' &&
    user !== '' &&
    (project === null || (typeof project === 'string' && project !== '')) &&
    Array.isArray(roles) &&
    roles.every((role) => typeof role === 'string') &&
    typeof via === 'string' &&
    typeof source === 'string' &&
    sources.includes(source) &&
    Number.isSafeInteger(iat) &&
    Number.isSafeInteger(exp);
  return wellFormed ? (value as Claims) : null;
}
