import { Controller, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import { deactivateImage } from './deactivate-image.js';

@Controller()
export class DeactivateImage {
  constructor(@Inject(ImageCommands) private readonly commands: ImageCommands) {}

  @Post('v2/images/:id/actions/deactivate')
  @HttpCode(204)
  async deactivate(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const repeated = await this.commands.runOnce(caller, key, 'deactivate', {
      imageId,
      ifMatch,
      decide: (state, who) => deactivateImage(addressed(state, who, 'deactivate'), who.identity),
    });
    if (repeated) reply.header('idempotent-replayed', 'true');
  }
}
