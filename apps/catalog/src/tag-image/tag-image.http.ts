import { Controller, HttpCode, Inject, Param, Put } from '@nestjs/common';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import type { ImageValidator } from '../image/image-schema.js';
import { IMAGE_VALIDATOR } from '../tokens.js';
import { tagImage } from './tag-image.js';

@Controller()
export class TagImage {
  constructor(
    @Inject(ImageCommands) private readonly commands: ImageCommands,
    @Inject(IMAGE_VALIDATOR) private readonly valid: ImageValidator,
  ) {}

  @Put('v2/images/:id/tags/:tag')
  @HttpCode(204)
  async tag(@Caller() caller: CallerContext, @Param('id') imageId: string, @Param('tag') tag: string): Promise<void> {
    await this.commands.run(caller, {
      imageId,
      decide: (state, who) => tagImage(tag, addressed(state, who, 'tag_image'), this.valid),
    });
  }
}
