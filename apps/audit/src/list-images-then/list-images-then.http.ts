import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { eventsOpenTo } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { shownTo, withUnset, type ShownTo } from '@cloud-images/image-model';
import { Caller, CONFIG, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuditConfig } from '../config.js';
import { History } from '../history/history-follower.js';
import { SHOWN_TO } from '../history/tokens.js';
import { momentOf } from '../history/when.js';
import { Parameters } from '../ledger/entry-filter.js';
import { LEDGER } from '../ledger/tokens.js';
import { listImagesThen } from './list-images-then.query.js';
import { readThenQuery } from './then-query.js';

@Controller()
export class ListImagesThen {
  constructor(
    @Inject(LEDGER) private readonly sql: SqlExecutor,
    @Inject(History) private readonly history: History,
    @Inject(SHOWN_TO) private readonly siteShows: ShownTo,
    @Inject(CONFIG) private readonly config: AuditConfig,
  ) {}

  /** `?at=<time>`: what the list answered then. */
  @Get('v2/images')
  async list(
    @Caller() { identity }: CallerContext,
    @Req() { url }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const seesAll = eventsOpenTo(identity) === 'all';
    const parameters = new Parameters(url);
    const query = readThenQuery(parameters);
    // Who is not told everything is told by what it may see now.
    await this.history.reaches(momentOf(query), { present: !seesAll });
    const rows = await listImagesThen(this.sql, identity, seesAll, query);
    const withNulls = this.config.nullAttributes === 'null';
    const documents = rows.map(({ document, unset }) => (withNulls ? withUnset(document, unset) : document)).join(',');
    const shown = documents === '' ? '' : shownTo(documents, identity.roles, this.siteShows);
    const last = rows.length === query.limit ? rows.at(-1) : undefined;
    const next = last ? `,"next":${JSON.stringify(`/v2/images?${parameters.with('marker', last.image_id)}`)}` : '';
    const first = JSON.stringify(`/v2/images?${parameters.without('marker')}`);
    reply
      .header('content-type', 'application/json')
      .send(`{"images":[${shown}],"first":${first}${next},"schema":"/v2/schemas/images"}`);
  }
}
