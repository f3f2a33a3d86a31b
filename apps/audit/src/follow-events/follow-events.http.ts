import { Controller, Get, Headers, Inject, Req, Res } from '@nestjs/common';
import { eventsOpenTo, Refusal } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, CONFIG, LOGGER, unavailable, type CallerContext, type Logger } from '@cloud-images/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuditConfig } from '../config.js';
import { Parameters, readFilter } from '../ledger/entry-filter.js';
import { sizeOf } from '../ledger/known.query.js';
import { ReaderLost, SteadyWriter } from '../ledger/steady-writer.js';
import { LEDGER } from '../ledger/tokens.js';
import { FeedHub } from './feed-hub.js';
import { follow } from './follower.js';

/**
 * Events as they are sealed, as server-sent events, with the conditions of the list. It begins behind `Last-Event-ID`, or at
 * `from`, or with what comes next.
 */
@Controller()
export class FollowEvents {
  constructor(
    @Inject(FeedHub) private readonly hub: FeedHub,
    @Inject(LEDGER) private readonly sql: SqlExecutor,
    @Inject(CONFIG) private readonly config: AuditConfig,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @Get('v1/feed')
  async follow(
    @Caller() { identity }: CallerContext,
    @Headers('last-event-id') last: string | undefined,
    @Req() { url }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const scope = eventsOpenTo(identity);
    const parameters = new Parameters(url);
    const wanted = parameters.count('from');
    const filter = readFilter(parameters);
    parameters.end();
    const from = last === undefined || last === '' ? wanted : behind(last);
    if (from !== null && from > (await sizeOf(this.sql))) {
      throw new Refusal('invalid-marker', 'The ledger does not reach that far.');
    }
    if (this.hub.following >= this.config.feedMost) throw unavailable();
    const { raw } = reply.hijack();
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-openstack-request-id': String(reply.getHeader('x-openstack-request-id')),
    });
    const writer = new SteadyWriter(raw, this.config.patienceSeconds * 1_000);
    const { hub, sql, config } = this;
    const heartbeatMs = config.feedHeartbeatSeconds * 1_000;
    const lifeMs = config.feedSeconds * 1_000;
    try {
      await follow({ hub, sql, writer, scope, filter, from, heartbeatMs, lifeMs });
    } catch (error) {
      if (!(error instanceof ReaderLost)) this.log.warn({ err: error }, 'a feed ended; its reader comes again');
      writer.cut();
    }
  }
}

function behind(last: string): number {
  if (!/^-1$|^\d{1,15}$/.test(last)) throw new Refusal('bad-request', 'Last-Event-ID is no position in the ledger.');
  return Number(last) + 1;
}
