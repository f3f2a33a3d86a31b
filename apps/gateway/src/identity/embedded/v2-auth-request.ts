import { jsonObject } from '@cloud-images/service-kit';
import { malformed, object, text, type Entry } from './body-members.js';

export type V2Proof =
  | { readonly method: 'password' | 'api_key'; readonly username: string; readonly secret: string }
  | { readonly method: 'token'; readonly token: string };

export interface V2AuthRequest {
  readonly proof: V2Proof;
  /** Null: the user's own. */
  readonly tenant: { readonly id: string } | { readonly name: string } | null;
}

const apiKeyMember = 'RAX-KSKEY:apiKeyCredentials';

/** Reads the body of `POST /v2.0/tokens`, as Rackspace's clients send it; throws `Refusal`. */
export function readV2AuthRequest(body: unknown): V2AuthRequest {
  const auth = object(jsonObject(body)['auth'], 'auth');
  const proofs = [passwordOf(auth), apiKeyOf(auth), tokenOf(auth)].filter((proof) => proof !== null);
  const [proof] = proofs;
  // Of two proofs either might be the one that is not looked at.
  if (proof === undefined || proofs.length > 1) {
    throw malformed(`auth must have one of passwordCredentials, ${apiKeyMember} and token`);
  }
  return { proof, tenant: tenantOf(auth) };
}

function passwordOf(auth: Entry): V2Proof | null {
  if (auth['passwordCredentials'] === undefined) return null;
  const given = object(auth['passwordCredentials'], 'passwordCredentials');
  return { method: 'password', username: text(given, 'username'), secret: text(given, 'password') };
}

function apiKeyOf(auth: Entry): V2Proof | null {
  if (auth[apiKeyMember] === undefined) return null;
  const given = object(auth[apiKeyMember], apiKeyMember);
  return { method: 'api_key', username: text(given, 'username'), secret: text(given, 'apiKey') };
}

const tokenOf = (auth: Entry): V2Proof | null =>
  auth['token'] === undefined ? null : { method: 'token', token: text(object(auth['token'], 'token'), 'id') };

function tenantOf(auth: Entry): V2AuthRequest['tenant'] {
  if (auth['tenantId'] !== undefined) return { id: text(auth, 'tenantId') };
  return auth['tenantName'] === undefined ? null : { name: text(auth, 'tenantName') };
}
