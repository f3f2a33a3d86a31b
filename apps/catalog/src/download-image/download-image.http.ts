import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { authorize, internalHeaders, isOperator, Refusal } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import { readImage, relationNow } from '../read-model/image-row.query.js';
import { READ_MODEL } from '../read-model/tokens.js';

/** The catalog decides, the edge moves the bytes: the answer is where they are, and no body. */
@Controller()
export class DownloadImage {
  constructor(@Inject(READ_MODEL) private readonly sql: SqlExecutor) {}

  @Get('v2/images/:id/file')
  async locate(
    @Caller() { identity }: CallerContext,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    authorize('get_images', identity);
    const seen = await readImage(this.sql, identity, id);
    authorize('download_image', identity, relationNow(seen, false));
    const { locator, status } = seen.row;
    // An admin has to look at what is under investigation.
    if (status === 'deactivated' && !isOperator(identity)) {
      throw new Refusal('image-deactivated', 'The image is deactivated; its data may not be read.');
    }
    if (locator === null) reply.code(204).send();
    else reply.header(internalHeaders.locator, locator).send('');
  }
}
