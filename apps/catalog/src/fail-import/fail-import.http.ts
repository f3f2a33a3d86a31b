import { Body, Controller, HttpCode, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { imageStream, servicePolicy } from '@cloud-images/contracts';
import { Caller, metadataOf, OnlyVia, type CallerContext } from '@cloud-images/service-kit';
import { IsString, IsUUID, MaxLength } from 'class-validator';
import { releaseUnderWay } from '../image/under-way.js';
import { InternalBody } from '../internal-body.js';
import { assertInOwnName } from '../own-name.js';
import { IMAGES, type Images } from '../tokens.js';
import { failImport } from './fail-import.js';

export class FailedImport {
  @IsUUID('all')
  task_id!: string;

  @IsString()
  @MaxLength(1_000)
  reason!: string;
}

@Controller()
export class FailImport {
  constructor(@Inject(IMAGES) private readonly images: Images) {}

  @Post('internal/images/:id/fail-import')
  @HttpCode(204)
  @OnlyVia(...servicePolicy.act_for_task)
  async fail(
    @Caller() caller: CallerContext,
    @Param('id', ParseUUIDPipe) imageId: string,
    @Body(InternalBody) { task_id, reason }: FailedImport,
  ): Promise<void> {
    assertInOwnName(caller);
    await this.images.handle({
      stream: imageStream(imageId),
      metadata: metadataOf(caller),
      decide: (state) => failImport(task_id, reason, state),
      alongside: releaseUnderWay,
    });
  }
}
