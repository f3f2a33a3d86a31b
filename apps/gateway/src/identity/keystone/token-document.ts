import { Refusal } from '@cloud-images/contracts';
import type { Bearer } from '../port.js';

type Entry = Record<string, unknown>;

/**
 * Who bears a token, by the document that Keystone gives of it. Roles are those that it lists, which include the implied
 * ones. Scopes other than a project are refused: every image belongs to a project, and an operator's power over all of
 * them comes from the role `admin` in one, as in Glance. Throws a `TypeError` for what is no such document.
 */
export function readTokenDocument(body: unknown, source: 'keystone' | 'rackspace'): Bearer {
  const token = object(object(body)['token']);
  for (const scope of ['domain', 'system'] as const) {
    if (token[scope] !== undefined) {
      throw new Refusal('forbidden', `This token is scoped to ${scopes[scope]}; images need one scoped to a project.`);
    }
  }
  const user = object(token['user']);
  const expiresAt = Date.parse(text(token['expires_at']));
  if (Number.isNaN(expiresAt)) throw new TypeError('expires_at is no time');
  const project = token['project'] === undefined ? null : text(object(token['project'])['id']);
  return {
    user: text(user['id']),
    userName: typeof user['name'] === 'string' ? user['name'] : '',
    project,
    roles: project === null ? [] : roleNames(token['roles']),
    source,
    expiresAt,
  };
}

const scopes = { domain: 'a domain', system: 'the whole system' } as const;

function roleNames(roles: unknown): string[] {
  if (roles === undefined) return [];
  if (!Array.isArray(roles)) throw new TypeError('roles is no list');
  return [...new Set(roles.map((role) => text(object(role)['name'])))];
}

function object(value: unknown): Entry {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Entry;
  throw new TypeError('an object is missing in the document of a token');
}

function text(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new TypeError('a text is missing in the document of a token');
}
