import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import { deactivateImage } from './deactivate-image.js';

@Controller()
export class DeactivateImage {
  constructor(@Inject(ImageCommands) private readonly commands: ImageCommands) {}

  @Post('v2/images/:id/actions/deactivate')
  @HttpCode(204)
  async deactivate(@Caller() caller: CallerContext, @Param('id') imageId: string): Promise<void> {
    await this.commands.run(caller, {
      imageId,
      decide: (state, who) => deactivateImage(addressed(state, who, 'deactivate'), who.identity),
    });
  }
}
