import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { authorize } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { type RenderOptions, type ShownTo, shownTo } from '@cloud-images/image-model';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { READ_MODEL, RENDER_OPTIONS, SHOWN_TO } from '../read-model/tokens.js';
import { asCaller } from './as-caller.js';
import { firstLink, nextLink } from './links.js';
import { emptyPage, listImages } from './list-images.query.js';
import { parseListQuery } from './list-query.js';

@Controller()
export class ListImages {
  constructor(
    @Inject(READ_MODEL) private readonly sql: SqlExecutor,
    @Inject(RENDER_OPTIONS) private readonly options: RenderOptions,
    @Inject(SHOWN_TO) private readonly siteShows: ShownTo,
  ) {}

  @Get('v2/images')
  async list(
    @Caller() { identity }: CallerContext,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    authorize('get_images', identity);
    const query = parseListQuery(searchOf(request.url));
    const asked = asCaller(query, identity.roles, this.siteShows);
    const page = asked === null ? emptyPage : await listImages(this.sql, identity, asked, this.options);
    const { count, last } = page;
    const documents = shownTo(page.documents, identity.roles, this.siteShows);
    const more = last !== null && count === query.limit ? `,"next":${JSON.stringify(nextLink(query, last))}` : '';
    // Stored texts are handed through: parsing and writing them again would be most of the request.
    reply
      .header('content-type', 'application/json')
      .send(
        `{"images":[${documents}],"first":${JSON.stringify(firstLink(query))}${more},"schema":"/v2/schemas/images"}`,
      );
  }
}

const searchOf = (url: string): string => {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
};
