import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import { eventsOpenTo, imageNotFound, Refusal } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyRequest } from 'fastify';
import { History } from '../history/history-follower.js';
import { imageThen } from '../history/image-then.query.js';
import { membersThen } from '../history/members-then.query.js';
import { relationThen } from '../history/past-access.js';
import { momentOf, readWhen } from '../history/when.js';
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
  async list(
    @Caller() { identity }: CallerContext,
    @Param('id') id: string,
    @Req() { url }: FastifyRequest,
  ): Promise<object> {
    const seesAll = eventsOpenTo(identity) === 'all';
    const parameters = new Parameters(url);
    const when = readWhen(parameters);
    parameters.end();
    await this.history.reaches(momentOf(when), { present: !('time' in when) || !seesAll });
    const image = id.toLowerCase();
    const then = await imageThen(this.sql, image, identity.project, when);
    const relation = then && relationThen(identity, then, { seesAll, deletedToo: true });
    if (then === null || relation === null) throw imageNotFound();
    if (relation !== 'owner' && relation !== 'admin') {
      throw new Refusal('forbidden', 'Who could see an image is told to its owner of that time.');
    }
    const { owner, visibility, status, version, document, moment } = then;
    const { os_hidden: osHidden } = JSON.parse(document) as { os_hidden: boolean };
    const members = await membersThen(this.sql, image, moment);
    return { image_id: image, version, status, ...viewersThen({ owner, visibility, status, osHidden }, members) };
  }
}
