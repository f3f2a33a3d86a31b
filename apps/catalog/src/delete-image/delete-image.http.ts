import { Controller, Headers, Delete, HttpCode, Inject, Param } from '@nestjs/common';
import type { Command } from '@cloud-images/event-store';
import type { ImageEvent } from '@cloud-images/contracts';
import type { ImageState } from '@cloud-images/image-model';
import { Caller, CONFIG, type CallerContext } from '@cloud-images/service-kit';
import type { CatalogConfig } from '../config.js';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import { purgeLater } from '../image/due-purges.js';
import { releaseUnderWay } from '../image/under-way.js';
import { releaseData } from '../image/upload-leases.js';
import { deleteImage } from './delete-image.js';

@Controller()
export class DeleteImage {
  constructor(
    @Inject(ImageCommands) private readonly commands: ImageCommands,
    @Inject(CONFIG) private readonly config: Pick<CatalogConfig, 'deleteDelaySeconds' | 'purgeGraceSeconds'>,
  ) {}

  @Delete('v2/images/:id')
  @HttpCode(204)
  async delete(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.commands.run(caller, {
      imageId,
      ifMatch,
      decide: (state, who, { now }) =>
        deleteImage({ delay: this.config.deleteDelaySeconds }, addressed(state, who, 'delete_image'), now),
      alongside: this.alongside,
    });
  }

  private readonly alongside: NonNullable<Command<ImageState, ImageEvent>['alongside']> = async (sql, change) => {
    const { before, after } = change;
    if (!before.exists || !after.exists) return;
    if (after.deletion) await purgeLater(sql, after.id, after.deletion.purge_at);
    // An upload under way is cut off: its next word to us is refused.
    else if (before.upload) await releaseUnderWay(sql, change);
    else if (before.data?.key) await releaseData(sql, before.data.key, this.config.purgeGraceSeconds);
  };
}
