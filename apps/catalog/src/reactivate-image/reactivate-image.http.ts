import { Controller, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import { reactivateImage } from './reactivate-image.js';

@Controller()
export class ReactivateImage {
  constructor(@Inject(ImageCommands) private readonly commands: ImageCommands) {}

  @Post('v2/images/:id/actions/reactivate')
  @HttpCode(204)
  async reactivate(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const repeated = await this.commands.runOnce(caller, key, 'reactivate', {
      imageId,
      ifMatch,
      decide: (state, who) => reactivateImage(addressed(state, who, 'reactivate'), who.identity),
    });
    if (repeated) reply.header('idempotent-replayed', 'true');
  }
}
