import { Controller, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import { ImageCommands } from '../image-commands.js';
import { addressedWhileDeletable } from '../image/addressed.js';
import { neverMindPurge } from '../image/due-purges.js';
import { restoreImage } from './restore-image.js';

@Controller()
export class RestoreImage {
  constructor(@Inject(ImageCommands) private readonly commands: ImageCommands) {}

  @Post('v2/images/:id/actions/restore')
  @HttpCode(204)
  async restore(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const repeated = await this.commands.runOnce(caller, key, 'restore', {
      imageId,
      ifMatch,
      decide: (state, who) => restoreImage(addressedWhileDeletable(state, who, 'restore_image')),
      alongside: (sql) => neverMindPurge(sql, imageId),
    });
    if (repeated) reply.header('idempotent-replayed', 'true');
  }
}
