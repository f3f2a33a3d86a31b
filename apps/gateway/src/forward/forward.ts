import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Refusal } from '@cloud-images/contracts';
import { unavailable, type Logger, type OpenSpan } from '@cloud-images/service-kit';
import type { Dispatcher } from 'undici';
import type { Exchange } from '../edge/exchange.js';
import { refuse } from '../edge/refuse.js';
import { answerHeaders } from './answer-headers.js';
import { noteRefusal } from './note-refusal.js';

/** A client that does not take its answer for so long gives its place to others. */
const stalledMs = 60_000;
const connectionLost: ReadonlySet<string | undefined> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

export interface Inward {
  readonly path: string;
  readonly body: Buffer | Readable | null;
}

/**
 * Hands one request to a service and its answer back, straight between the two sockets. A service that can't be reached
 * is a 503; a GET whose kept connection turns out to be closed is sent once more.
 */
export function forward(exchange: Exchange, service: Dispatcher, request: Inward, log: Logger): void {
  new Handover(exchange, service, request, log).send();
}

class Handover implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | null = null;
  private retried = false;
  private over = false;
  /** Bytes of the answer still to come, when its length is known. */
  private missing = Number.NaN;
  private stalled: NodeJS.Timeout | undefined;
  private readonly span: OpenSpan | null;

  constructor(
    private readonly exchange: Exchange,
    private readonly service: Dispatcher,
    private readonly request: Inward,
    private readonly log: Logger,
  ) {
    this.span = exchange.span?.child('forward', { kind: 'client' }) ?? null;
    exchange.res.once('close', () => this.clientGone());
  }

  send(): void {
    const { exchange, request } = this;
    const headers = exchange.headersInward(exchange.session?.signed ?? '', this.span);
    const length = exchange.bodyLength;
    if (request.body !== null && !Buffer.isBuffer(request.body) && length !== null) {
      headers.push('content-length', String(length));
    }
    const method = exchange.req.method as Dispatcher.HttpMethod;
    this.service.dispatch({ method, path: request.path, headers, body: request.body }, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.over) controller.abort(new ClientGone());
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    // The services believe what we sign: a 401 of theirs is our fault and must not send the client to log in again.
    if (status === 401) return controller.abort(new Error('a service did not believe our identity'));
    noteRefusal(this.exchange, status, headers);
    this.missing = headers['content-length'] === undefined ? Number.NaN : Number(headers['content-length']);
    this.exchange.res.writeHead(status, answerHeaders(headers, this.exchange.requestId, this.exchange.route));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { res } = this.exchange;
    this.missing -= chunk.length;
    if (this.missing === 0) {
      this.over = true;
      res.end(chunk);
    } else if (!res.write(chunk)) this.pause(controller);
  }

  onResponseEnd(): void {
    this.span?.end();
    if (this.over) return;
    this.over = true;
    this.exchange.res.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.over) return;
    const { req, res } = this.exchange;
    const { code } = error as NodeJS.ErrnoException;
    if (!this.retried && req.method === 'GET' && !res.headersSent && connectionLost.has(code)) {
      this.retried = true;
      this.send();
      return;
    }
    this.over = true;
    this.span?.end(error);
    if (error instanceof Refusal) return refuse(this.exchange, error);
    this.log.warn({ err: error, method: req.method, request_id: this.exchange.requestId }, 'a service did not answer');
    refuse(this.exchange, unavailable());
  }

  private pause(controller: Dispatcher.DispatchController): void {
    const { res } = this.exchange;
    controller.pause();
    this.stalled = setTimeout(() => res.destroy(), stalledMs);
    res.once('drain', () => {
      clearTimeout(this.stalled);
      controller.resume();
    });
  }

  private clientGone(): void {
    clearTimeout(this.stalled);
    if (this.over) return;
    this.over = true;
    this.span?.end();
    this.controller?.abort(new ClientGone());
  }
}

class ClientGone extends Error {
  override readonly name = 'ClientGone';
}
