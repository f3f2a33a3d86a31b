import { issuedToken, loginBody, loginPath, v3Of, type IssuedToken, type ServiceUser } from '@cloud-images/service-kit';
import { Pool } from 'undici';
import { Outage } from '../outage.js';

export interface KeystoneClientOptions extends ServiceUser {
  /** With or without `/v3`. */
  readonly url: string;
  /** PEM */
  readonly ca?: string | undefined;
  readonly timeoutMs: number;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: unknown;
}

const connections = 16;
const connectionLost: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const overloaded: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);
const maxAnswerBytes = 1024 * 1024;

/** The calls of Keystone's API v3 that checking tokens needs. No answer, or none for now, is thrown as an `Outage`. */
export class KeystoneClient {
  private readonly pool: Pool;
  private readonly path: string;

  constructor(private readonly options: KeystoneClientOptions) {
    const { origin, pathname } = new URL(options.url);
    this.path = v3Of(pathname);
    this.pool = new Pool(origin, {
      connections,
      maxResponseSize: maxAnswerBytes,
      keepAliveTimeout: 4_000,
      connect: { timeout: options.timeoutMs, ...(options.ca === undefined ? {} : { ca: options.ca }) },
    });
  }

  /** A token of the service user. */
  async logIn(): Promise<IssuedToken> {
    const { status, headers, body } = await this.call('POST', loginPath, {}, loginBody(this.options));
    if (status === 401) throw new Outage('Keystone does not let the service user in (401)');
    if (status !== 201) throw new Outage(`Keystone answered ${status} to the login of the service user`);
    const issued = issuedToken(headers, body);
    if (issued === null) throw new Outage('Keystone gave no usable token');
    return issued;
  }

  /**
   * The document of a token; null when Keystone does not know it (any more), `not-me` when it does not believe `own`.
   * Without the header that announces access rules, Keystone itself refuses credentials that are limited by some: good,
   * for nobody here would keep to them.
   */
  async validate(subject: string, own: string): Promise<{ token: unknown } | 'not-me' | null> {
    const headers = { 'x-auth-token': own, 'x-subject-token': subject };
    const { status, body } = await this.call('GET', '/auth/tokens?nocatalog', headers);
    if (status === 200) return body as { token: unknown };
    if (status === 404 || status === 400) return null;
    if (status === 401) return 'not-me';
    if (status === 403) throw new Outage('the service user may not check tokens (403): it needs the role service');
    // A 500 may be the fault of this one token, which must not keep others from being checked.
    throw new (overloaded.has(status) ? Outage : Error)(`Keystone answered ${status} to the check of a token`);
  }

  /** Rejects unless Keystone says which version it is. */
  async greet(): Promise<void> {
    const { status } = await this.call('GET', '', {});
    if (status !== 200) throw new Outage(`Keystone answered ${status}`);
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async call(
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string>,
    body?: object,
  ): Promise<Answer> {
    // For all of it: the wait for a connection, the answer and its body.
    const signal = AbortSignal.timeout(this.options.timeoutMs);
    const send = async (): Promise<Answer> => {
      const answer = await this.pool.request({
        method,
        path: this.path + path,
        headers: {
          accept: 'application/json',
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal,
      });
      const text = await answer.body.text();
      const { statusCode: status } = answer;
      return { status, headers: answer.headers, body: status < 300 ? JSON.parse(text) : null };
    };
    try {
      return await send().catch((error: NodeJS.ErrnoException) => {
        // A kept connection that the other side had just given up; none of these calls does harm when done twice.
        if (connectionLost.has(error.code)) return send();
        throw error;
      });
    } catch (error) {
      // Not the error itself as the cause: a JSON parser quotes what it read.
      const { name, code } = error as NodeJS.ErrnoException;
      throw new Outage(`Keystone did not answer properly (${typeof code === 'string' ? code : name})`);
    }
  }
}
