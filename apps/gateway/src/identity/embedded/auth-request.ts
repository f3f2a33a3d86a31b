import { jsonObject } from '@cloud-images/service-kit';
import { malformed, object, text, type Entry } from './body-members.js';
import { NotProven } from '../not-proven.js';
import type { Reference } from './users-directory.js';

export type Proof =
  | { readonly method: 'password'; readonly user: Reference; readonly password: string }
  | { readonly method: 'token'; readonly token: string };

export interface AuthRequest {
  readonly proof: Proof;
  /** Null for a token without a project. */
  readonly project: Reference | null;
}

/** Reads the body of `POST /v3/auth/tokens`; throws `Refusal`. */
export function readAuthRequest(body: unknown): AuthRequest {
  const auth = member(jsonObject(body), 'auth');
  const identity = member(auth, 'identity');
  return { proof: proof(identity), project: scope(auth['scope']) };
}

function proof(identity: Entry): Proof {
  const { methods } = identity;
  if (!Array.isArray(methods) || methods.length === 0) throw malformed('auth.identity.methods must be a list');
  // Several methods at once are Keystone's multi-factor rules; here one proof is always enough.
  if (methods.length > 1 || (methods[0] !== 'password' && methods[0] !== 'token')) throw new NotProven(null);
  if (methods[0] === 'token') return { method: 'token', token: text(member(identity, 'token'), 'id') };
  const user = member(member(identity, 'password'), 'user');
  return { method: 'password', user: reference(user), password: text(user, 'password') };
}

function scope(value: unknown): Reference | null {
  if (value === undefined || value === 'unscoped') return null;
  const entry = object(value, 'auth.scope');
  // Domains, systems and trusts are no scope of images.
  if (entry['project'] === undefined) throw new NotProven(null);
  return reference(member(entry, 'project'));
}

function reference(entry: Entry): Reference {
  if (entry['id'] !== undefined) return { id: text(entry, 'id') };
  const domain = member(entry, 'domain');
  return {
    name: text(entry, 'name'),
    domain: domain['id'] === undefined ? { name: text(domain, 'name') } : { id: text(domain, 'id') },
  };
}

const member = (entry: Entry, name: string): Entry => object(entry[name], name);
