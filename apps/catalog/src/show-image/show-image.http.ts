import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { authorize } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { etagOf, type RenderOptions, shownTo, type ShownTo, withUnset } from '@cloud-images/image-model';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import { readImage, relationNow } from '../read-model/image-row.query.js';
import { READ_MODEL, RENDER_OPTIONS, SHOWN_TO } from '../read-model/tokens.js';

@Controller()
export class ShowImage {
  constructor(
    @Inject(READ_MODEL) private readonly sql: SqlExecutor,
    @Inject(RENDER_OPTIONS) private readonly options: RenderOptions,
    @Inject(SHOWN_TO) private readonly siteShows: ShownTo,
  ) {}

  /** `?deleted=true` shows its owner or an admin a deleted image too; to anyone else it stays gone. */
  @Get('v2/images/:id')
  async show(
    @Caller() { identity }: CallerContext,
    @Param('id') id: string,
    @Query('deleted') deleted: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    authorize('get_images', identity);
    const seen = await readImage(this.sql, identity, id);
    authorize('get_image', identity, relationNow(seen, deleted === 'true'));
    const { document, unset, version } = seen.row;
    const whole = this.options.nullAttributes === 'null' ? withUnset(document, unset) : document;
    reply
      .header('content-type', 'application/json')
      .header('etag', etagOf(version))
      .send(shownTo(whole, identity.roles, this.siteShows));
  }
}
