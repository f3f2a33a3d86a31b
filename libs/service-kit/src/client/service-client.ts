import { errorCatalogue, internalHeaders, Refusal, type ErrorBody, type ErrorCode } from '@cloud-images/contracts';
import { Pool } from 'undici';
import { ServiceUnavailable } from '../http/refusal-of.js';
import { activeSpan, type OpenSpan } from '../tracing/span.js';
import { connectionLifeMs, spreadLookup } from './spread-lookup.js';

export interface ServiceClientOptions {
  readonly connections?: number;
  /** Until the answer's headers, and between two pieces of its body. */
  readonly timeoutMs?: number;
}

export interface ServiceCall {
  /** `headersAs(caller)`, or the service's own identity. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export interface ServiceAnswer<Body> {
  readonly status: number;
  /** Undefined when the answer had no body. */
  readonly body: Body;
}

/** Never more than this of another service's answer in memory. */
const maxAnswerBytes = 64 * 1024 * 1024;

/** JSON calls to another service of ours. A refusal there is thrown as the same `Refusal` here; an outage as `ServiceUnavailable`. */
export class ServiceClient {
  private readonly pool: Pool;
  private readonly peer: string;

  constructor(baseUrl: string, { connections = 32, timeoutMs = 5_000 }: ServiceClientOptions = {}) {
    const { origin, host } = new URL(baseUrl);
    this.peer = host;
    this.pool = new Pool(origin, {
      connections,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: { timeout: Math.min(timeoutMs, 2_000), lookup: spreadLookup },
      clientTtl: connectionLifeMs,
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 30_000,
      maxResponseSize: maxAnswerBytes,
    });
  }

  async call<Body = unknown>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    call: ServiceCall,
  ): Promise<ServiceAnswer<Body>> {
    const { status, text, retryAfter, denies } = await this.traced(method, path, call);
    const body = text === '' ? undefined : parsed(text);
    if (status < 300) return { status, body: body as Body };
    throw refusalFrom(status, body, retryAfter, denies);
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async traced(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, call: ServiceCall) {
    const span = activeSpan()?.child(`${method} ${this.peer}`, {
      kind: 'client',
      attributes: { 'server.address': this.peer },
    });
    if (span === undefined) return this.exchange(method, path, call);
    try {
      const answer = await this.exchange(method, path, withTrace(call, span));
      span.set('http.response.status_code', answer.status);
      span.end();
      return answer;
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  private async exchange(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, call: ServiceCall) {
    try {
      const answer = await this.pool.request({
        method,
        path,
        headers: call.body === undefined ? call.headers : { ...call.headers, 'content-type': 'application/json' },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        ...(call.signal ? { signal: call.signal } : {}),
      });
      const text = await answer.body.text();
      const { 'retry-after': retryAfter, [internalHeaders.refusal]: denial } = answer.headers;
      return { status: answer.statusCode, text, retryAfter, denies: denial !== undefined };
    } catch (error) {
      if (call.signal?.aborted) throw error;
      throw new ServiceUnavailable('another service did not answer', { cause: error });
    }
  }
}

const withTrace = (call: ServiceCall, span: OpenSpan): ServiceCall => ({
  ...call,
  headers: { ...call.headers, [internalHeaders.traceparent]: span.traceparent },
});

export const serviceClient = (baseUrl: string, options?: ServiceClientOptions): ServiceClient =>
  new ServiceClient(baseUrl, options);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServiceUnavailable('another service answered what is not JSON', { cause: error });
  }
}

function refusalFrom(status: number, body: unknown, retryAfter: string | string[] | undefined, denies: boolean): Error {
  const { error, message } = (body ?? {}) as Partial<ErrorBody>;
  const known = typeof error === 'string' && Object.hasOwn(errorCatalogue, error);
  // A 401 is between our services: the caller's token was good.
  if (!known || (status >= 500 && error !== 'not-offered') || status === 401)
    return new ServiceUnavailable(`another service answered ${status}`);
  return new Refusal(
    error as ErrorCode,
    String(message),
    typeof retryAfter === 'string' ? { 'retry-after': retryAfter } : {},
    denies,
  );
}
