import { Controller, Headers, Delete, HttpCode, Inject, Param } from '@nestjs/common';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import { untagImage } from './untag-image.js';

@Controller()
export class UntagImage {
  constructor(@Inject(ImageCommands) private readonly commands: ImageCommands) {}

  @Delete('v2/images/:id/tags/:tag')
  @HttpCode(204)
  async untag(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Param('tag') tag: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.commands.run(caller, {
      imageId,
      ifMatch,
      decide: (state, who) => untagImage(tag, addressed(state, who, 'untag_image')),
    });
  }
}
