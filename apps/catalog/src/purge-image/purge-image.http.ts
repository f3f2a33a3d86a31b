import { Controller, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { Caller, CONFIG, type CallerContext } from '@cloud-images/service-kit';
import type { CatalogConfig } from '../config.js';
import type { FastifyReply } from 'fastify';
import { ImageCommands } from '../image-commands.js';
import { addressedWhileDeletable } from '../image/addressed.js';
import { purgeImage } from './purge-image.js';
import { afterPurge } from './after-purge.js';

@Controller()
export class PurgeImage {
  constructor(
    @Inject(ImageCommands) private readonly commands: ImageCommands,
    @Inject(CONFIG) private readonly config: Pick<CatalogConfig, 'purgeGraceSeconds'>,
  ) {}

  @Post('v2/images/:id/actions/purge')
  @HttpCode(204)
  async purge(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const repeated = await this.commands.runOnce(caller, key, 'purge', {
      imageId,
      ifMatch,
      decide: (state, who) => purgeImage(addressedWhileDeletable(state, who, 'purge_image'), who.identity),
      alongside: afterPurge(this.config.purgeGraceSeconds),
    });
    if (repeated) reply.header('idempotent-replayed', 'true');
  }
}
