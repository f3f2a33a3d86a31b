import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import { eventsOpenTo, imageNotFound } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { renderMember } from '@cloud-images/image-model';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyRequest } from 'fastify';
import { History } from '../history/history-follower.js';
import { imageThen } from '../history/image-then.query.js';
import { membersThen } from '../history/members-then.query.js';
import { relationThen } from '../history/past-access.js';
import { momentOf, readWhen } from '../history/when.js';
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
    const seesAll = eventsOpenTo(identity) === 'all';
    const parameters = new Parameters(url);
    const when = readWhen(parameters);
    parameters.end();
    // A version may be the newest one; and who is not told everything is told by what it may see now.
    await this.history.reaches(momentOf(when), { present: !('time' in when) || !seesAll });
    const image = id.toLowerCase();
    const then = await imageThen(this.sql, image, identity.project, when);
    const relation = then && relationThen(identity, then, { seesAll });
    if (then === null || relation === null || relation === 'public' || relation === 'community') throw imageNotFound();
    const rows = await membersThen(this.sql, image, then.moment);
    const shown = relation === 'member' ? rows.filter(({ member_id: member }) => member === identity.project) : rows;
    const members = shown.map(({ member_id: member, ...row }) => renderMember(image, member, row));
    return { members, schema: '/v2/schemas/members' };
  }
}
