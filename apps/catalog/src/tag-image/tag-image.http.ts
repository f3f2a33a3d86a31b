import { Controller, Headers, HttpCode, Inject, Param, Put } from '@nestjs/common';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import type { SiteRules } from '../image/site-rules.js';
import { SITE_RULES } from '../tokens.js';
import { tagImage } from './tag-image.js';

@Controller()
export class TagImage {
  constructor(
    @Inject(ImageCommands) private readonly commands: ImageCommands,
    @Inject(SITE_RULES) private readonly rules: SiteRules,
  ) {}

  @Put('v2/images/:id/tags/:tag')
  @HttpCode(204)
  async tag(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Param('tag') tag: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.commands.run(caller, {
      imageId,
      ifMatch,
      decide: (state, who) => tagImage(tag, addressed(state, who, 'tag_image'), this.rules),
    });
  }
}
