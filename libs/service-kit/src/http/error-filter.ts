import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging/logger.js';
import { refusalOf, renderRefusal } from './refusal-of.js';

/** The one place where a service renders errors. Faults are logged with the request's id and never explained. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const refusal = refusalOf(error);
    if (refusal !== error && refusal.status >= 500) this.tell(error, refusal.status, request);
    const { status, headers, body } = renderRefusal(refusal, request.requestId, request.headers.accept);
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    reply.code(status).headers(headers).send(body);
  }

  private tell(error: unknown, status: number, request: FastifyRequest): void {
    const fields = { err: error, method: request.method, route: request.routeOptions.url };
    if (status === 503) this.log.warn(fields, 'a dependency is unavailable');
    else this.log.error(fields, 'a request failed');
  }
}
