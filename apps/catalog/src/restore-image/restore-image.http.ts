import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import { ImageCommands } from '../image-commands.js';
import { addressedWhileDeletable } from '../image/addressed.js';
import { neverMindPurge } from '../image/due-purges.js';
import { restoreImage } from './restore-image.js';

@Controller()
export class RestoreImage {
  constructor(@Inject(ImageCommands) private readonly commands: ImageCommands) {}

  @Post('v2/images/:id/actions/restore')
  @HttpCode(204)
  async restore(@Caller() caller: CallerContext, @Param('id') imageId: string): Promise<void> {
    await this.commands.run(caller, {
      imageId,
      decide: (state, who) => restoreImage(addressedWhileDeletable(state, who, 'restore_image')),
      alongside: (sql) => neverMindPurge(sql, imageId),
    });
  }
}
