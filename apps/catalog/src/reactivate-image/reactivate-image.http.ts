import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import { reactivateImage } from './reactivate-image.js';

@Controller()
export class ReactivateImage {
  constructor(@Inject(ImageCommands) private readonly commands: ImageCommands) {}

  @Post('v2/images/:id/actions/reactivate')
  @HttpCode(204)
  async reactivate(@Caller() caller: CallerContext, @Param('id') imageId: string): Promise<void> {
    await this.commands.run(caller, {
      imageId,
      decide: (state, who) => reactivateImage(addressed(state, who, 'reactivate'), who.identity),
    });
  }
}
