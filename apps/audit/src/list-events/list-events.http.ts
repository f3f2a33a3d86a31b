import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { eventsOpenTo, imageNotFound } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Parameters } from '../ledger/entry-filter.js';
import { LEDGER } from '../ledger/tokens.js';
import { RequestPeople } from '../ledger/request-people.js';
import { eventPage } from './event-page.js';

/** Past events, of those that the caller may read: all, or what concerned its project when it happened. */
@Controller()
export class ListEvents {
  constructor(
    @Inject(LEDGER) private readonly sql: SqlExecutor,
    @Inject(RequestPeople) private readonly people: RequestPeople,
  ) {}

  @Get('v1/events')
  async list(
    @Caller() { identity }: CallerContext,
    @Req() { url }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const scope = eventsOpenTo(identity);
    const { people } = this;
    const options = { path: '/v1/events', scope, order: 'desc', people } as const;
    const { body } = await eventPage(this.sql, new Parameters(url), options);
    reply.header('content-type', 'application/json').send(body);
  }

  /** One image's, its members' among them; also of one that is purged. To whom none of them concerns there is no image. */
  @Get('v2/images/:id/events')
  async ofImage(
    @Caller() { identity }: CallerContext,
    @Param('id') id: string,
    @Req() { url }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const scope = eventsOpenTo(identity);
    const image = id.toLowerCase();
    const { body, count } = await eventPage(this.sql, new Parameters(url), {
      path: `/v2/images/${encodeURIComponent(id)}/events`,
      scope,
      order: 'asc',
      people: this.people,
      narrowed: { image },
    });
    if (count === 0 && !(await this.isOpen(image, scope))) throw imageNotFound();
    reply.header('content-type', 'application/json').send(body);
  }

  private async isOpen(image: string, scope: ReturnType<typeof eventsOpenTo>): Promise<boolean> {
    const { rows } = await this.sql.query<{ open: boolean }>(
      `SELECT EXISTS (SELECT FROM ledger.events e WHERE e.image_id = $1 AND e.kind <> 'security'
         AND ($2::text IS NULL OR EXISTS (SELECT FROM ledger.readers r WHERE r.project = $2 AND r.position = e.position)))
         OR ($2 IS NULL AND EXISTS (SELECT FROM ledger.events e WHERE e.image_id = $1 AND e.kind = 'security')) AS open`,
      [image, scope === 'all' ? null : scope.project],
      'image_is_open',
    );
    return rows[0]?.open === true;
  }
}
