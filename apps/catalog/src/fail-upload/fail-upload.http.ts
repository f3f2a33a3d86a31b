import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { imageStream, servicePolicy } from '@cloud-images/contracts';
import { Caller, metadataOf, OnlyVia, type CallerContext } from '@cloud-images/service-kit';
import { IsBoolean, IsString, IsUUID, MaxLength } from 'class-validator';
import { releaseData } from '../image/upload-leases.js';
import { InternalBody } from '../internal-body.js';
import { assertInOwnName } from '../own-name.js';
import { IMAGES, type Images } from '../tokens.js';
import { failUpload } from './fail-upload.js';

export class FailedUpload {
  @IsUUID('all')
  image_id!: string;

  @IsString()
  @MaxLength(1_000)
  reason!: string;

  @IsBoolean()
  killed!: boolean;
}

@Controller()
export class FailUpload {
  constructor(@Inject(IMAGES) private readonly images: Images) {}

  @Post('internal/uploads/:attempt/fail')
  @HttpCode(204)
  @OnlyVia(...servicePolicy.settle_upload)
  async fail(
    @Caller() caller: CallerContext,
    @Param('attempt') attempt: string,
    @Body(InternalBody) { image_id, reason, killed }: FailedUpload,
  ): Promise<void> {
    assertInOwnName(caller);
    await this.images.handle({
      stream: imageStream(image_id),
      metadata: metadataOf(caller),
      decide: (state) => failUpload({ attempt, reason, killed }, state),
      alongside: async (sql, { before }) => {
        if (before.exists && before.upload) await releaseData(sql, before.upload.key);
      },
    });
  }
}
