import { Body, Controller, HttpCode, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { imageStream, servicePolicy } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, CONFIG, OnlyVia, type CallerContext } from '@cloud-images/service-kit';
import { IsUUID } from 'class-validator';
import type { CatalogConfig } from '../config.js';
import { attemptEnded } from '../image/attempt-ended.js';
import { renewLease } from '../image/upload-leases.js';
import { InternalBody } from '../internal-body.js';
import { assertInOwnName } from '../own-name.js';
import { READ_MODEL } from '../read-model/tokens.js';
import { IMAGES, type Images } from '../tokens.js';

export class RenewedUpload {
  @IsUUID('all')
  image_id!: string;
}

/** No event: that an upload goes on is no fact worth keeping. */
@Controller()
export class RenewUpload {
  constructor(
    @Inject(READ_MODEL) private readonly sql: SqlExecutor,
    @Inject(IMAGES) private readonly images: Images,
    @Inject(CONFIG) private readonly config: Pick<CatalogConfig, 'uploadLeaseSeconds'>,
  ) {}

  @Post('internal/uploads/:attempt/renew')
  @HttpCode(204)
  @OnlyVia(...servicePolicy.settle_upload)
  async renew(
    @Caller() caller: CallerContext,
    @Param('attempt', ParseUUIDPipe) attempt: string,
    @Body(InternalBody) { image_id }: RenewedUpload,
  ): Promise<void> {
    assertInOwnName(caller);
    const renewed = await renewLease(this.sql, { attempt, image_id }, this.config.uploadLeaseSeconds);
    if (renewed) return;
    const { state } = await this.images.load(imageStream(image_id));
    throw attemptEnded(state);
  }
}
