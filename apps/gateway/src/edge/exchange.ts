import type { IncomingMessage, ServerResponse } from 'node:http';
import { internalHeaders, type Refusal, type RequestContext } from '@cloud-images/contracts';
import { isCorrelationId, newRequestId, unknownRoute, type OpenSpan } from '@cloud-images/service-kit';
import { isAboutFiles, pushFileHeaders } from '../cloud-files/file-headers.js';
import type { Session } from '../identity/sessions.js';

const maxUserAgent = 255;
/** What of a client's own headers a service may see. */
const passedOn = ['accept', 'content-type', 'if-match', 'idempotency-key', 'last-event-id'] as const;

/**
 * glanceclient (with it Nova and Cinder) asks for anything, and of a JSON error expects objects in objects: the three texts
 * that Glance sends when it is asked for JSON make it fail with an AttributeError instead of its HTTPNotFound. It was
 * written for the page that Glance sends otherwise, and reads plain text as well.
 */
const tripsOverFlatJson = (agent: string | undefined): boolean => agent?.startsWith('python-glanceclient') ?? false;

/** The requests that are under way, by what Node has of them: for what the gateway answers itself. */
const underWay = new WeakMap<IncomingMessage, Exchange>();
export const exchangeOf = (request: IncomingMessage): Exchange | undefined => underWay.get(request);

/** For what the gateway answers itself, behind Nest. */
export function noteOwnRefusal(request: IncomingMessage, refusal: Refusal): void {
  const exchange = exchangeOf(request);
  if (exchange) exchange.refusal = refusal;
}

/** One request of a client and all that is known of it so far. */
export class Exchange {
  readonly requestId = newRequestId();
  /** ms, by `performance.now()`. */
  readonly begunAt = performance.now();
  session: Session | null = null;
  /** Read at once: a socket that was closed does not tell any more. */
  private readonly sourceAddress: string | undefined;
  /** The template of the route, once it is known. */
  route: string = unknownRoute;
  /** In lowercase, where the path has one. */
  imageId: string | null = null;
  /** With what it was refused, by us or by a service. */
  refusal: Pick<Refusal, 'code' | 'denies'> | null = null;
  /** Null while nothing is traced. */
  span: OpenSpan | null = null;

  constructor(
    readonly req: IncomingMessage,
    readonly res: ServerResponse,
    /** The client waits for a word before it sends its body. */
    public awaitsContinue: boolean,
  ) {
    underWay.set(req, this);
    this.sourceAddress = req.socket.remoteAddress;
  }

  /** Lets the client send the body that it announced. */
  letBodyCome(): void {
    if (!this.awaitsContinue) return;
    this.awaitsContinue = false;
    this.res.writeContinue();
  }

  /** The media types that the client takes; what it can read, where it leaves that open. */
  get accept(): string | undefined {
    const { accept, 'user-agent': agent } = this.req.headers;
    const open = accept === undefined || accept.trim() === '*/*';
    return open && tripsOverFlatJson(agent) ? 'text/plain' : accept;
  }

  /** Bytes, by Content-Length; null when the length is not announced, 0 when there is no body. */
  get bodyLength(): number | null {
    const { 'content-length': length, 'transfer-encoding': coding } = this.req.headers;
    return coding !== undefined ? null : length === undefined ? 0 : Number(length);
  }

  /** The client's own id of the request. */
  private get ownId(): string | undefined {
    const { 'x-openstack-request-id': own } = this.req.headers;
    return typeof own === 'string' && isCorrelationId(own) ? own : undefined;
  }

  private get agent(): string | undefined {
    return this.req.headers['user-agent']?.slice(0, maxUserAgent);
  }

  /** Who it comes from, for `request_contexts`; a name only where it was proved. */
  get context(): RequestContext {
    const { agent, session, requestId, sourceAddress } = this;
    return {
      request_id: requestId,
      correlation_id: this.ownId ?? requestId,
      ...(session && { user_name: decodeURIComponent(session.encodedUserName) }),
      ...(sourceAddress && { source_address: sourceAddress }),
      ...(agent && { user_agent: agent }),
    };
  }

  /** Name, value, name, value …: all that a service gets, and nothing that the client could have said in our name. */
  headersInward(signed: string, span = this.span): string[] {
    const { headers } = this.req;
    const result = [internalHeaders.identity, signed, internalHeaders.requestId, this.requestId];
    if (span !== null) result.push(internalHeaders.traceparent, span.traceparent);
    const correlation = this.ownId;
    if (correlation !== undefined) result.push(internalHeaders.correlationId, correlation);
    if (this.session !== null) result.push(internalHeaders.userName, this.session.encodedUserName);
    if (this.sourceAddress !== undefined) result.push(internalHeaders.sourceAddress, this.sourceAddress);
    const agent = this.agent;
    if (agent) result.push(internalHeaders.userAgent, agent);
    for (const name of passedOn) {
      const value = name === 'accept' ? this.accept : headers[name];
      if (typeof value === 'string') result.push(name, value);
    }
    if (isAboutFiles(this.route)) pushFileHeaders(result, headers);
    return result;
  }
}
