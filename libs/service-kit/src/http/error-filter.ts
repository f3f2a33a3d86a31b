import type { IncomingMessage } from 'node:http';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging/logger.js';
import { internalHeaders, type Refusal } from '@cloud-images/contracts';
import { refusalOf, renderRefusal } from './refusal-of.js';

export type RefusalListener = (request: IncomingMessage, refusal: Refusal) => void;

/** The one place where a service renders errors. Faults are logged with the request's id and never explained. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  /** With `onRefusal`, as the public door has it, it is told there; a service behind tells the gateway in a header. */
  constructor(
    private readonly log: Logger,
    private readonly onRefusal?: RefusalListener,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const refusal = refusalOf(error);
    if (refusal !== error && refusal.status >= 500) this.tell(error, refusal.status, request);
    const { status, headers, body } = renderRefusal(refusal, request.requestId, request.headers.accept);
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    this.onRefusal?.(request.raw, refusal);
    const inner = this.onRefusal || !refusal.denies ? {} : { [internalHeaders.refusal]: refusal.code };
    reply
      .code(status)
      .headers({ ...headers, ...inner })
      .send(body);
  }

  private tell(error: unknown, status: number, request: FastifyRequest): void {
    const fields = { method: request.method, route: request.routeOptions.url };
    // While something is away every request says so: the reasons in words are what helps, not where they were thrown.
    if (status === 503) this.log.warn({ ...fields, because: reasons(error) }, 'a dependency is unavailable');
    else this.log.error({ ...fields, err: error }, 'a request failed');
  }
}

const MOST_REASONS = 5;

/** What went wrong and what was behind it, outermost first. */
function reasons(error: unknown): string[] {
  const all: string[] = [];
  for (let at = error; at instanceof Error && all.length < MOST_REASONS; at = at.cause)
    all.push(`${at.name}: ${at.message}`);
  return all;
}
