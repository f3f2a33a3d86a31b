import { Controller, HttpCode, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { imageStream, servicePolicy } from '@cloud-images/contracts';
import { Caller, metadataOf, OnlyVia, type CallerContext } from '@cloud-images/service-kit';
import { releaseData } from '../image/upload-leases.js';
import { assertInOwnName } from '../own-name.js';
import { IMAGES, type Images } from '../tokens.js';
import { discardImport } from './discard-import.js';

/** Asked for by the service whose task made the image, also where the one who asked for the task may delete nothing. */
@Controller()
export class DiscardImport {
  constructor(@Inject(IMAGES) private readonly images: Images) {}

  @Post('internal/images/:id/discard')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.act_for_task)
  async discard(
    @Caller() caller: CallerContext,
    @Param('id', ParseUUIDPipe) imageId: string,
  ): Promise<{ known: boolean }> {
    assertInOwnName(caller);
    const { version } = await this.images.handle({
      stream: imageStream(imageId),
      metadata: metadataOf(caller),
      decide: (state) => discardImport(state),
      alongside: async (sql, { before }) => {
        if (!before.exists) return;
        const key = before.upload?.key ?? before.data?.key;
        if (key) await releaseData(sql, key);
      },
    });
    return { known: version > 0 };
  }
}
