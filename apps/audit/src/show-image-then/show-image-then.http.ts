import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { SqlExecutor } from '@cloud-images/event-store';
import { etagOf, shownTo, withUnset, type ShownTo } from '@cloud-images/image-model';
import { Caller, CONFIG, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuditConfig } from '../config.js';
import { History } from '../history/history-follower.js';
import { seenThen } from '../history/seen-then.js';
import { SHOWN_TO } from '../history/tokens.js';
import { Parameters } from '../ledger/entry-filter.js';
import { LEDGER } from '../ledger/tokens.js';

@Controller()
export class ShowImageThen {
  constructor(
    @Inject(LEDGER) private readonly sql: SqlExecutor,
    @Inject(History) private readonly history: History,
    @Inject(SHOWN_TO) private readonly siteShows: ShownTo,
    @Inject(CONFIG) private readonly config: AuditConfig,
  ) {}

  /** `?at=<time or version>`: what this call answered then. */
  @Get('v2/images/:id')
  async show(
    @Caller() { identity }: CallerContext,
    @Param('id') id: string,
    @Req() { url }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const parameters = new Parameters(url);
    const deletedToo = parameters.oneOf('deleted', ['true', 'false']) === 'true';
    const asked = { identity, id, parameters, deletedToo };
    const { document, unset, version } = await seenThen(this.sql, this.history, asked);
    const whole = this.config.nullAttributes === 'null' ? withUnset(document, unset) : document;
    reply
      .header('content-type', 'application/json')
      .header('etag', etagOf(version))
      .send(shownTo(whole, identity.roles, this.siteShows));
  }
}
