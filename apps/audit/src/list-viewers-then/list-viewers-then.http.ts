import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import { Refusal } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyRequest } from 'fastify';
import { History } from '../history/history-follower.js';
import { membersThen } from '../history/members-then.query.js';
import { seenThen } from '../history/seen-then.js';
import { Parameters } from '../ledger/entry-filter.js';
import { LEDGER } from '../ledger/tokens.js';
import { viewersThen } from './viewers-then.js';

@Controller()
export class ListViewersThen {
  constructor(
    @Inject(LEDGER) private readonly sql: SqlExecutor,
    @Inject(History) private readonly history: History,
  ) {}

  /** `?at=<time or version>`: who could see the image then. For its owner of that time, operators and auditors. */
  @Get('v2/images/:id/viewers')
  async list(@Caller() { identity }: CallerContext, @Param('id') image: string, @Req() { url }: FastifyRequest) {
    const asked = { identity, id: image, parameters: new Parameters(url), deletedToo: true };
    const { id, relation, version, status, ...then } = await seenThen(this.sql, this.history, asked);
    if (relation !== 'owner' && relation !== 'admin') {
      throw new Refusal('forbidden', 'Who could see an image is told to its owner of that time.');
    }
    const { owner, visibility, document, moment } = then;
    const { os_hidden: osHidden } = JSON.parse(document) as { os_hidden: boolean };
    const members = await membersThen(this.sql, id, moment);
    return { image_id: id, version, status, ...viewersThen({ owner, visibility, status, osHidden }, members) };
  }
}
