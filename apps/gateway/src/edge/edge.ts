import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Refusal } from '@cloud-images/contracts';
import { refusalOf, type Logger, type Metrics, type Tracing } from '@cloud-images/service-kit';
import type { Download } from '../bytes/download.js';
import type { Upload } from '../bytes/upload.js';
import type { GetObject } from '../cloud-files/get-object.js';
import type { PutObject } from '../cloud-files/put-object.js';
import { forward, type Inward } from '../forward/forward.js';
import type { InnerServices } from '../forward/inner-services.js';
import { readBody } from '../forward/read-body.js';
import { NotProven, notProvenMessage } from '../identity/not-proven.js';
import { presentedToken } from '../identity/presented-token.js';
import type { IdentitySource } from '../identity/port.js';
import type { Session, Sessions } from '../identity/sessions.js';
import { checkHeaders } from './check-headers.js';
import { countRequest } from './count-request.js';
import { Exchange, exchangeOf } from './exchange.js';
import { observeRefusal } from '../security/observe.js';
import type { SecurityLog } from '../security/security-log.js';
import { asSpoken } from './as-spoken.js';
import { refuse } from './refuse.js';
import { readTarget } from './request-target.js';
import { Router, type Match } from './router.js';
import type { Route } from './routes.js';
import type { TokenBuckets } from './token-buckets.js';
import { traceRequest } from './trace-request.js';

export interface EdgeParts {
  readonly routes: readonly Route[];
  readonly source: IdentitySource;
  readonly sessions: Sessions;
  readonly buckets: TokenBuckets;
  readonly services: InnerServices;
  readonly upload: Upload;
  readonly download: Download;
  readonly putObject: PutObject;
  readonly getObject: GetObject;
  readonly security: SecurityLog;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing | null;
  readonly publicUrl: string;
  readonly maxBodyBytes: number;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id that a request got at the edge, for the gateway's own routes. */
export const requestIdOf = (request: IncomingMessage): string | undefined => exchangeOf(request)?.requestId;

/**
 * The way in, before Fastify and Nest see a request: is there such a thing, who asks, may the body come, whose is it.
 * What the gateway answers itself goes on to `own`.
 */
export class Edge {
  private readonly router: Router;

  constructor(private readonly parts: EdgeParts) {
    this.router = new Router(parts.routes);
  }

  handle(req: IncomingMessage, res: ServerResponse, awaitsContinue: boolean, own: RequestListener): void {
    const exchange = new Exchange(req, res, awaitsContinue);
    const { metrics, tracing } = this.parts;
    countRequest(exchange, metrics.requests);
    observeRefusal(exchange, this.parts.security);
    if (tracing === null) this.begin(exchange, own);
    else traceRequest(exchange, tracing, () => this.begin(exchange, own));
  }

  private begin(exchange: Exchange, own: RequestListener): void {
    try {
      this.admit(exchange, own);
    } catch (error) {
      this.fail(exchange, error);
    }
  }

  private admit(exchange: Exchange, own: RequestListener): void {
    const { req, res } = exchange;
    const target = readTarget(req.url ?? '');
    checkHeaders(req);
    const match = this.router.match(req.method ?? '', target, exchange.accept);
    exchange.route = match.template;
    exchange.imageId = imageIdOf(match);
    const session = match.operation.token ? this.identify(exchange) : null;
    // What is known already is not waited for: a request costs no turn of the event loop here.
    if (session === null) this.serve(exchange, match, own);
    else if (!(session instanceof Promise)) this.serveAs(session, exchange, match, own);
    else {
      session
        .then((found) => res.destroyed || this.serveAs(found, exchange, match, own))
        .catch((error: unknown) => this.fail(exchange, error));
    }
  }

  private serveAs(session: Session | null, exchange: Exchange, match: Match, own: RequestListener): void {
    if (session === null) throw this.notProven();
    exchange.session = session;
    const wait = this.parts.buckets.take(session.identity.project);
    if (wait > 0) {
      throw new Refusal('too-many-requests', 'This project sends too many requests.', { 'retry-after': String(wait) });
    }
    this.serve(exchange, match, own);
  }

  private serve(exchange: Exchange, match: Match, own: RequestListener): void {
    const { operation } = match;
    if (operation.body === 'none' && exchange.bodyLength !== 0) {
      throw new Refusal('body-not-allowed', 'This request takes no body.');
    }
    if (operation.does === 'redirect') return this.redirect(exchange);
    if (operation.does === 'own') return this.answerOurselves(exchange, match, own);
    if (operation.does === 'forward' && operation.body === 'none') return this.pass(exchange, match, null);
    this.withBody(exchange, match).catch((error: unknown) => this.fail(exchange, error));
  }

  private async withBody(exchange: Exchange, match: Match): Promise<void> {
    const { upload, download, putObject, getObject, maxBodyBytes } = this.parts;
    const { does } = match.operation;
    if (does === 'upload') return upload.receive(exchange, match.params[0]!, 'complete');
    if (does === 'stage') return upload.receive(exchange, match.params[0]!, 'stage');
    if (does === 'download') return download.send(exchange, match.path);
    if (does === 'put-object') return putObject.receive(exchange, match.params);
    if (does === 'copy-object') return putObject.receiveCopy(exchange, match.params);
    if (does === 'get-object') return getObject.send(exchange, match.path);
    this.pass(exchange, match, await readBody(exchange, maxBodyBytes));
  }

  private pass(exchange: Exchange, { operation, path }: Match, body: Inward['body']): void {
    const { services, log } = this.parts;
    forward(exchange, services.of(operation.owner), { path, body }, log);
  }

  private identify({ req }: Exchange): Session | Promise<Session | null> {
    const { source, sessions } = this.parts;
    const token = presentedToken(req.headers, source.takesAuthorization);
    if (token === null) throw new Refusal('unauthorized', notProvenMessage, this.challenge);
    const session = sessions.resolve(token);
    if (session === null) throw this.notProven();
    return session;
  }

  private notProven(): Refusal {
    return new NotProven({ reason: 'token', userId: null }, this.challenge);
  }

  private get challenge() {
    return { 'www-authenticate': this.parts.source.challenge };
  }

  private answerOurselves(exchange: Exchange, match: Match, own: RequestListener): void {
    asSpoken(exchange);
    exchange.letBodyCome();
    // Nest knows each route once, without a slash at its end.
    exchange.req.url = match.template === '/' ? match.path : match.path.replace(/\/(?=\?|$)/, '');
    own(exchange.req as Parameters<RequestListener>[0], exchange.res as Parameters<RequestListener>[1]);
  }

  private redirect({ res, requestId }: Exchange): void {
    const location = `${this.parts.publicUrl}/v2/`;
    res.writeHead(302, { location, 'content-length': '0', 'x-openstack-request-id': requestId }).end();
  }

  private fail(exchange: Exchange, error: unknown): void {
    const refusal = refusalOf(error);
    if (refusal !== error && refusal.status >= 500) {
      this.parts.log.error({ err: error, request_id: exchange.requestId }, 'a request failed at the edge');
    }
    exchange.refusal = refusal;
    refuse(exchange, refusal);
  }
}

function imageIdOf({ template, params: [first = ''] }: Match): string | null {
  return template.startsWith('/v2/images/{id}') && uuid.test(first) ? first.toLowerCase() : null;
}
