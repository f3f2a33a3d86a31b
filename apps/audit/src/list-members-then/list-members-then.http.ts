import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import { imageNotFound } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { renderMember } from '@cloud-images/image-model';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyRequest } from 'fastify';
import { History } from '../history/history-follower.js';
import { membersThen } from '../history/members-then.query.js';
import { seenThen } from '../history/seen-then.js';
import { Parameters } from '../ledger/entry-filter.js';
import { LEDGER } from '../ledger/tokens.js';

@Controller()
export class ListMembersThen {
  constructor(
    @Inject(LEDGER) private readonly sql: SqlExecutor,
    @Inject(History) private readonly history: History,
  ) {}

  /** `?at=<time or version>`: who the image was shared with then. A member is told of itself only. */
  @Get('v2/images/:id/members')
  async list(
    @Caller() { identity }: CallerContext,
    @Param('id') id: string,
    @Req() { url }: FastifyRequest,
  ): Promise<object> {
    const then = await seenThen(this.sql, this.history, { identity, id, parameters: new Parameters(url) });
    if (then.relation === 'public' || then.relation === 'community') throw imageNotFound();
    const rows = await membersThen(this.sql, then.id, then.moment);
    const shown = then.relation === 'member' ? rows.filter(({ member_id: of }) => of === identity.project) : rows;
    const members = shown.map(({ member_id: member, ...row }) => renderMember(then.id, member, row));
    return { members, schema: '/v2/schemas/members' };
  }
}
