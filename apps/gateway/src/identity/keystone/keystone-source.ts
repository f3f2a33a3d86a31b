import { hash } from 'node:crypto';
import { Refusal } from '@cloud-images/contracts';
import { ServiceToken, v3Of, type Logger } from '@cloud-images/service-kit';
import { cannotCheck, Outage } from '../outage.js';
import type { Bearer, IdentitySource } from '../port.js';
import { Circuit } from './circuit.js';
import type { KeystoneClient } from './keystone-client.js';
import { readTokenDocument } from './token-document.js';

/** What a header can carry and the servers before a Keystone take: nothing else is sent there. */
const tokenText = /^[!-~]{1,2048}$/;

export interface KeystoneSourceOptions {
  readonly client: KeystoneClient;
  /** Where clients reach Keystone. */
  readonly publicUrl: string;
  readonly roles: 'keystone' | 'rackspace';
  readonly log: Logger;
  readonly now?: () => number;
}

/** Leaves tokens to a Keystone: asks it, in the name of a service user, who bears one. */
export class KeystoneSource implements IdentitySource {
  readonly challenge: string;
  readonly takesAuthorization = false;
  private readonly serviceToken: ServiceToken;
  private readonly circuit: Circuit;

  constructor(private readonly options: KeystoneSourceOptions) {
    const { client, log, now } = options;
    this.challenge = `Keystone uri="${v3Of(options.publicUrl)}"`;
    this.serviceToken = new ServiceToken(() => client.logIn(), now);
    this.circuit = new Circuit({
      ...(now && { now }),
      onOpen: ({ message: reason }) =>
        log.error({ event: 'keystone-unavailable', reason }, 'tokens can not be checked'),
      onClose: () => log.info({ event: 'keystone-available' }, 'tokens can be checked again'),
    });
  }

  bearer(token: string): Promise<Bearer | null> | null {
    return tokenText.test(token) ? this.ask(token) : null;
  }

  async check(): Promise<void> {
    await this.options.client.greet();
    await this.serviceToken.current();
  }

  async close(): Promise<void> {
    await this.options.client.close();
  }

  private async ask(token: string): Promise<Bearer | null> {
    const { log, roles } = this.options;
    try {
      const document = await this.circuit.run(() => this.validate(token));
      const bearer = document === null ? null : readTokenDocument(document, roles);
      if (bearer === null) log.debug({ event: 'token-refused', token_digest: digest(token) }, 'no valid token');
      return bearer;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const level = error instanceof Outage ? 'debug' : 'error';
      log[level]({ err: error, token_digest: digest(token) }, 'a token could not be checked');
      throw cannotCheck(error);
    }
  }

  private async validate(token: string): Promise<unknown> {
    for (let left = 2; left > 0; left--) {
      const own = await this.serviceToken.current();
      const answer = await this.options.client.validate(token, own);
      if (answer !== 'not-me') return answer;
      // Revoked, or Keystone has new keys: with a fresh one the question may be asked once more.
      this.serviceToken.refused(own);
    }
    throw new Outage('Keystone does not believe the service user’s new token (401)');
  }
}

/** Enough to find the requests of one token in a log, and nothing that could be used. */
const digest = (token: string): string => hash('sha256', token).slice(0, 16);
