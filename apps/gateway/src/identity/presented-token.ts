import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from '@cloud-images/contracts';

const bearerToken = /^bearer +([^\s,]+) *$/i;

/** The token that a request comes with, by X-Auth-Token or, where the source of identity takes it, by Authorization. */
export function presentedToken(headers: IncomingHttpHeaders, takesAuthorization: boolean): string | null {
  const own = headers['x-auth-token'];
  const token = typeof own === 'string' && own !== '' ? own : null;
  if (!takesAuthorization) return token;
  const borne = bearerToken.exec(headers.authorization ?? '')?.[1] ?? null;
  // Whoever stands before us may believe the other one.
  if (token !== null && borne !== null && token !== borne) {
    throw new Refusal('bad-request', 'X-Auth-Token and Authorization carry different tokens.');
  }
  return token ?? borne;
}
