import { Readable } from 'node:stream';
import { issuedToken, loginBody, loginPath, ServiceToken, ServiceUnavailable, v3Of } from '@cloud-images/service-kit';
import type { IssuedToken, ServiceUser } from '@cloud-images/service-kit';
import { Pool, type Dispatcher } from 'undici';

export interface SwiftClientOptions {
  /** Up to its version. */
  readonly url: string;
  /** With or without `/v3`. */
  readonly keystoneUrl: string;
  readonly user: ServiceUser;
  /** Until an answer's headers, and for any pause amid data. */
  readonly timeoutMs: number;
  /** PEM */
  readonly ca?: string;
}

export interface SwiftRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Below the version, encoded; with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent once: a call with one is never repeated. */
  readonly body?: string | AsyncIterable<Buffer>;
  readonly signal?: AbortSignal;
}

export interface SwiftAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const connections = 128;
const longestText = 16 * 1024 * 1024;
const connectionLost: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
/** Beside those from 500 on: not now, or not this one of ours; it may be otherwise later. */
const notServed: ReadonlySet<number> = new Set([401, 403, 408, 429, 498, 499]);

/**
 * Calls to a Swift in the name of a service user, who is let into every account. Whatever keeps Swift from serving one,
 * its Keystone too, is thrown as `ServiceUnavailable`; every other status is the caller's to judge. What a link leads to is
 * not there (404): Swift would follow it into any account, as us.
 */
export class SwiftClient {
  private readonly pool: Pool;
  private readonly keystone: Pool;
  private readonly token = new ServiceToken(() => this.logIn());
  private readonly root: string;

  constructor(private readonly options: SwiftClientOptions) {
    const { origin, pathname } = new URL(options.url);
    this.root = pathname;
    const { timeoutMs, ca } = options;
    const shared = {
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      keepAliveTimeout: 4_000,
      connect: { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) },
    };
    this.pool = new Pool(origin, { ...shared, connections });
    this.keystone = new Pool(new URL(options.keystoneUrl).origin, {
      ...shared,
      connections: 2,
      maxResponseSize: longestText,
    });
  }

  /** An answer and its whole text, which is empty where none is expected. */
  async call(request: SwiftRequest): Promise<SwiftAnswer & { readonly text: string }> {
    const { statusCode: status, headers, body } = await this.send(request);
    let text = '';
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        text += chunk.toString('utf8');
        if (text.length > longestText) throw new Error('an answer of Swift is too long');
      }
    } catch (error) {
      throw unavailable(error, request.signal);
    }
    return { status, headers, text };
  }

  /** An answer with its data, which fails with `ServiceUnavailable` when it is cut off. */
  async read(request: SwiftRequest): Promise<SwiftAnswer & { readonly body: Readable }> {
    const { statusCode: status, headers, body } = await this.send(request);
    // One that is given up says so with an error, to whoever listens: also when nobody does any more.
    body.on('error', () => undefined);
    return { status, headers, body };
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.destroy(), this.keystone.destroy()]);
  }

  private async send(request: SwiftRequest): Promise<Dispatcher.ResponseData> {
    const once = typeof request.body === 'object';
    for (let left = once ? 1 : 2; ; left -= 1) {
      const token = await this.token.current();
      const answer = await this.attempt(request, token, !once);
      const { statusCode: status } = answer;
      if (this.followedLink(request.path, answer)) {
        answer.body.on('error', () => undefined).destroy();
        return { ...answer, statusCode: 404, headers: {}, body: Readable.from([]) as unknown as typeof answer.body };
      }
      if (status < 500 && !notServed.has(status)) return answer;
      await answer.body.dump().catch(() => undefined);
      // Revoked, or Keystone has new keys: with a fresh one it may be asked once more.
      if (status === 401) this.token.refused(token);
      if (status !== 401 || left <= 1) throw new ServiceUnavailable(`Swift answered ${status}${hint(status)}`);
    }
  }

  /**
   * Swift's symlink middleware says with Content-Location whose data an answer has. So does object versioning, whose
   * links lead to the same object: `<path>?version-id=<id>`.
   */
  private followedLink(path: string, { headers }: Dispatcher.ResponseData): boolean {
    const { 'content-location': location } = headers;
    if (location === undefined) return false;
    const [there, version] = String(location).split('?version-id=');
    const own = this.root + path.replace(/\?.*$/, '');
    return version === undefined || decoded(there!) !== decoded(own);
  }

  private async attempt(
    { method, path, headers = {}, body, signal }: SwiftRequest,
    token: string,
    repeatable: boolean,
  ): Promise<Dispatcher.ResponseData> {
    // Until the answer's headers, with the wait for a connection. What sends a stream sees to its own pauses.
    const impatience = new AbortController();
    const timer = repeatable ? setTimeout(() => impatience.abort(), this.options.timeoutMs) : undefined;
    const send = () =>
      this.pool.request({
        method,
        path: this.root + path,
        headers: { ...headers, 'x-auth-token': token },
        // Its types know of fewer bodies than it takes.
        body: (body as string | Readable | undefined) ?? null,
        signal: AbortSignal.any([impatience.signal, ...(signal ? [signal] : [])]),
      });
    try {
      return await send().catch((error: NodeJS.ErrnoException) => {
        // A kept connection that the other side had just given up.
        if (repeatable && connectionLost.has(error.code)) return send();
        throw error;
      });
    } catch (error) {
      throw unavailable(error, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  private async logIn(): Promise<IssuedToken> {
    const { keystoneUrl, user, timeoutMs } = this.options;
    let issued: IssuedToken | null;
    let status = 0;
    try {
      const answer = await this.keystone.request({
        method: 'POST',
        path: new URL(v3Of(keystoneUrl)).pathname + loginPath,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(loginBody(user)),
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = answer.statusCode;
      const text = await answer.body.text();
      issued = status === 201 ? issuedToken(answer.headers, JSON.parse(text)) : null;
    } catch (error) {
      throw unavailable(error, undefined, 'Keystone');
    }
    if (issued !== null) return issued;
    throw new ServiceUnavailable(`Keystone answered ${status} to the login of the service user for Swift`);
  }
}

/** Each encodes what it need not in its own way. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

const hint = (status: number): string =>
  status === 403 ? ': the service user needs the role that Swift lets into every account' : '';

/** Never the error itself as the cause: a parser quotes what it read. */
function unavailable(error: unknown, signal?: AbortSignal, who = 'Swift'): Error {
  if (signal?.aborted) return signal.reason as Error;
  const { name, code } = error as NodeJS.ErrnoException;
  return new ServiceUnavailable(`${who} did not answer properly (${typeof code === 'string' ? code : name})`);
}
