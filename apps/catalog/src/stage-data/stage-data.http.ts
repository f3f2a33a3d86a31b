import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { imageStream, servicePolicy } from '@cloud-images/contracts';
import { Caller, CONFIG, metadataOf, OnlyVia, type CallerContext } from '@cloud-images/service-kit';
import type { CatalogConfig } from '../config.js';
import type { Quotas } from '../image/quota.js';
import { StoredData } from '../stored-data.js';
import { layReady } from '../image/upload-leases.js';
import { InternalBody } from '../internal-body.js';
import { assertInOwnName } from '../own-name.js';
import { IMAGES, QUOTAS, type Images } from '../tokens.js';
import { stageData } from './stage-data.js';

@Controller()
export class StageData {
  constructor(
    @Inject(IMAGES) private readonly images: Images,
    @Inject(QUOTAS) private readonly quotas: Quotas,
    @Inject(CONFIG) private readonly config: Pick<CatalogConfig, 'stagingSeconds'>,
  ) {}

  @Post('internal/uploads/:attempt/stage')
  @HttpCode(204)
  @OnlyVia(...servicePolicy.settle_upload)
  async stage(
    @Caller() caller: CallerContext,
    @Param('attempt') attempt: string,
    @Body(InternalBody) { image_id, ...data }: StoredData,
  ): Promise<void> {
    assertInOwnName(caller);
    const gate = this.quotas.dataGate(image_id);
    await this.images.handle({
      stream: imageStream(image_id),
      metadata: metadataOf(caller),
      ...(gate === null ? {} : { before: gate.before }),
      decide: (now) => {
        const events = stageData({ attempt, ...data }, now);
        // A length that was announced counts since the beginning.
        if (events.length > 0 && now.exists && now.upload?.reserved === null) {
          gate?.assert(now.owner, { bytes: data.size, uploads: 0 });
        }
        return events;
      },
      alongside: (sql) => layReady(sql, attempt, data.size, this.config.stagingSeconds),
    });
  }
}
