import { Refusal } from '@cloud-images/contracts';
import type { JWTPayload } from 'jose';
import type { Bearer } from '../port.js';
import { inferred } from '../roles.js';
import type { Subjects } from './subjects.js';

export interface ClaimNames {
  readonly project: string;
  readonly roles: string;
  /** The role that makes an operator. */
  readonly operatorRole?: string | undefined;
}

/** As it can stand in a URL, a header and a log. */
const projectId = /^[!-~]{1,255}$/;
const operator = 'admin';

/** Who bears a JWT, by the claims of it that were checked already. Throws `Refusal` for claims that make no caller. */
export function readClaims(claims: JWTPayload, names: ClaimNames, subjects: Subjects): Bearer {
  const { sub, exp } = claims;
  if (typeof sub !== 'string' || sub === '' || exp === undefined) throw unusable('its subject or its end is missing');
  const project = projectOf(claimed(claims, names.project));
  return {
    user: subjects.idOf(sub),
    userName: [claims['preferred_username'], claims['name']].find((name) => typeof name === 'string') ?? '',
    project,
    roles: project === null ? [] : ours(rolesOf(claimed(claims, names.roles)), names.operatorRole),
    source: 'oidc',
    expiresAt: exp * 1_000,
  };
}

/** A claim of that very name (which may have dots in it), or what a path leads to. */
function claimed(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split('.')
    .reduce<unknown>(
      (value, part) => (isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined),
      claims,
    );
}

function projectOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof one === 'string' && projectId.test(one)) return one;
  throw unusable('its project is not one id');
}

function rolesOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return value.split(' ').filter((role) => role !== '');
  if (Array.isArray(value) && value.every((role) => typeof role === 'string')) return value as string[];
  throw unusable('its roles are no list of texts');
}

/** Many issuers have an `admin` who has nothing to do with images: only the role that was configured makes an operator. */
const ours = (roles: readonly string[], operatorRole: string | undefined): string[] =>
  inferred([
    ...roles.filter((role) => role !== operator && role !== operatorRole),
    ...(operatorRole !== undefined && roles.includes(operatorRole) ? [operator] : []),
  ]);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const unusable = (why: string): Refusal => new Refusal('forbidden', `This token can't be used here: ${why}.`);
