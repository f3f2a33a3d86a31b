import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { Agent, request } from 'undici';
import { Outage } from '../outage.js';

export interface IssuerKeysOptions {
  readonly issuer: string;
  /** By default what the issuer's discovery document says. */
  readonly jwksUrl?: string | undefined;
  /** PEM */
  readonly ca?: string | undefined;
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

/** Keys are fetched again after this long, while the old ones serve … */
const freshMs = 10 * 60_000;
/** … and without a fetch that succeeds are not believed for longer than this. */
const usableMs = 60 * 60_000;
/** Whatever tokens come: the issuer is not asked more often. */
const cooldownMs = 10_000;
const maxBytes = 1024 * 1024;

interface Held {
  readonly find: JWTVerifyGetKey;
  readonly at: number;
}

/** The public keys of an issuer of JWTs, from nowhere but where its configuration says. */
export class IssuerKeys {
  private readonly agent: Agent;
  private readonly now: () => number;
  private held: Held | null = null;
  private coming: Promise<Held> | null = null;
  private tried = -Infinity;
  private failed = false;

  constructor(private readonly options: IssuerKeysOptions) {
    this.now = options.now ?? Date.now;
    const connect = { timeout: 2_000, ...(options.ca === undefined ? {} : { ca: options.ca }) };
    this.agent = new Agent({ connections: 1, maxResponseSize: maxBytes, connect });
  }

  /**
   * The key of a token, by its `kid` and algorithm; whatever keys or addresses a token brings along are not looked at. An
   * unknown `kid` may be a new key: then they are fetched, if that was not done just now.
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const { find } = await this.current();
    try {
      return await find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (this.now() - this.tried < cooldownMs && !this.failed) throw error;
    }
    return (await this.fetched()).find(header, token);
  };

  /** Rejects while there are no keys. */
  async current(): Promise<Held> {
    const { held } = this;
    const age = held === null ? Infinity : this.now() - held.at;
    if (held === null || age >= usableMs) return this.fetched();
    if (age >= freshMs) this.fetched().catch(() => undefined);
    return held;
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  private fetched(): Promise<Held> {
    const pause = this.tried + cooldownMs - this.now();
    if (this.coming === null && this.failed && pause > 0) {
      return Promise.reject(new Outage('the issuer’s keys could not be had a moment ago').again(pause));
    }
    this.coming ??= this.fetch().finally(() => (this.coming = null));
    return this.coming;
  }

  private async fetch(): Promise<Held> {
    this.tried = this.now();
    this.failed = true;
    const { jwksUrl } = this.options;
    const find = createLocalJWKSet(keysIn(await this.get(jwksUrl ?? (await this.discover()))));
    this.failed = false;
    this.held = { find, at: this.now() };
    return this.held;
  }

  private async discover(): Promise<string> {
    const { issuer } = this.options;
    const document = await this.get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const { issuer: named, jwks_uri: url } = document as { issuer?: unknown; jwks_uri?: unknown };
    if (named !== issuer || typeof url !== 'string' || !URL.canParse(url)) {
      throw new Outage('the discovery document is not this issuer’s');
    }
    if (issuer.startsWith('https:') && !url.startsWith('https:'))
      throw new Outage('the issuer’s keys come without TLS');
    return url;
  }

  private async get(url: string): Promise<object> {
    try {
      const signal = AbortSignal.timeout(this.options.timeoutMs ?? 5_000);
      const { statusCode, body } = await request(url, { dispatcher: this.agent, signal });
      const text = await body.text();
      if (statusCode !== 200) throw new Outage(`the issuer answered ${statusCode}`);
      const value: unknown = JSON.parse(text);
      if (typeof value !== 'object' || value === null) throw new Outage('the issuer answered what is no object');
      return value;
    } catch (error) {
      if (error instanceof Outage) throw error.again(cooldownMs);
      throw new Outage('the issuer did not answer properly', { cause: error }).again(cooldownMs);
    }
  }
}

/** Without secrets that somebody published: with one of them, anyone could sign. */
function keysIn(document: object): JSONWebKeySet {
  const { keys } = document as Partial<JSONWebKeySet>;
  if (!Array.isArray(keys)) throw new Outage('the issuer’s key set has no keys').again(cooldownMs);
  return { keys: keys.filter(({ kty }) => kty === 'RSA' || kty === 'EC' || kty === 'OKP') };
}
