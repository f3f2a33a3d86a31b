import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { errorCatalogue } from '@cloud-images/contracts';
import { LOGGER, refusalOf, type Logger } from '@cloud-images/service-kit';
import { noteOwnRefusal } from '../../edge/exchange.js';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Identity clients read errors in Keystone's wrapping; ours is inside it. */
@Catch()
export class KeystoneErrorFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { requestId } = http.getRequest<FastifyRequest>();
    const refusal = refusalOf(error);
    noteOwnRefusal(http.getRequest<FastifyRequest>().raw, refusal);
    if (refusal.status === 500) this.log.error({ err: error }, 'an identity request failed');
    const { status, title } = errorCatalogue[refusal.code];
    const body = { code: status, title, message: refusal.message, request_id: requestId, error: refusal.code };
    http.getResponse<FastifyReply>().code(status).headers(refusal.headers).send({ error: body });
  }
}
