import { Refusal } from '@cloud-images/contracts';
import type { Logger } from '@cloud-images/service-kit';
import { errors, jwtVerify } from 'jose';
import { cannotCheck, Outage } from '../outage.js';
import type { Bearer, IdentitySource } from '../port.js';
import type { IssuerKeys } from './issuer-keys.js';
import { readClaims, type ClaimNames } from './read-claims.js';
import type { Subjects } from './subjects.js';

/** Three parts: signed. Five would be encrypted, which nobody here could read. */
const compactJws = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export interface OidcSourceOptions {
  readonly keys: IssuerKeys;
  readonly subjects: Subjects;
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  readonly clockToleranceSeconds: number;
  readonly claims: ClaimNames;
  readonly publicUrl: string;
  readonly log: Logger;
}

/** Believes the JWTs of one issuer: its signature by one of its published keys, for us, now. Nothing revokes them. */
export class OidcSource implements IdentitySource {
  readonly challenge: string;
  readonly takesAuthorization = true;

  constructor(private readonly options: OidcSourceOptions) {
    this.challenge = `Bearer realm="${options.publicUrl}"`;
  }

  bearer(token: string): Promise<Bearer | null> | null {
    return compactJws.test(token) ? this.verify(token) : null;
  }

  async check(): Promise<void> {
    await this.options.keys.current();
  }

  close(): Promise<void> {
    return this.options.keys.close();
  }

  private async verify(token: string): Promise<Bearer | null> {
    const { keys, issuer, audience, algorithms, clockToleranceSeconds, claims, subjects } = this.options;
    try {
      const { payload } = await jwtVerify(token, keys.find, {
        issuer,
        audience: [...audience],
        algorithms: [...algorithms],
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['sub', 'exp'],
      });
      return readClaims(payload, claims, subjects);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      return this.refused(error);
    }
  }

  private refused(error: unknown): null {
    const { log } = this.options;
    if (error instanceof Outage) {
      log.warn({ event: 'issuer-unavailable', err: error }, 'a token could not be checked');
      throw cannotCheck(error);
    }
    // Without the error itself, which may hold the claims.
    const { code, name } = error as NodeJS.ErrnoException;
    if (error instanceof errors.JOSEError) log.debug({ event: 'token-refused', reason: code }, 'no valid token');
    else log.warn({ event: 'token-refused', reason: name }, 'a published key can not be used');
    return null;
  }
}
