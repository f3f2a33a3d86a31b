import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { imageStream, servicePolicy } from '@cloud-images/contracts';
import { Caller, metadataOf, OnlyVia, type CallerContext } from '@cloud-images/service-kit';
import { IsIn, IsOptional } from 'class-validator';
import { attemptEnded } from '../image/attempt-ended.js';
import type { Quotas } from '../image/quota.js';
import { StoredData } from '../stored-data.js';
import { releaseUnderWay } from '../image/under-way.js';
import { keepData } from '../image/upload-leases.js';
import { InternalBody } from '../internal-body.js';
import { assertInOwnName } from '../own-name.js';
import { IMAGES, QUOTAS, type Images } from '../tokens.js';
import { completeUpload } from './complete-upload.js';

export class CompletedData extends StoredData {
  /** What an import has converted the disk to. */
  @IsOptional()
  @IsIn(['raw', 'qcow2'])
  disk_format?: string;
}

@Controller()
export class CompleteUpload {
  constructor(
    @Inject(IMAGES) private readonly images: Images,
    @Inject(QUOTAS) private readonly quotas: Quotas,
  ) {}

  @Post('internal/uploads/:attempt/complete')
  @HttpCode(204)
  @OnlyVia(...servicePolicy.settle_upload)
  async complete(
    @Caller() caller: CallerContext,
    @Param('attempt') attempt: string,
    @Body(InternalBody) { image_id, ...data }: CompletedData,
  ): Promise<void> {
    assertInOwnName(caller);
    const stream = imageStream(image_id);
    const { state } = await this.images.load(stream);
    if (!state.exists) throw attemptEnded(state);
    const own = metadataOf(caller);
    // A length that was announced counts since the beginning; what was decompressed or converted may be more.
    const more = data.size - (state.upload?.reserved ?? 0);
    const gate = state.upload?.reserved === null || more > 0 ? this.quotas.dataGate(image_id) : null;
    await this.images.handle({
      stream,
      // Who began the upload is who made the image active; the gateway only says how it ended.
      metadata: state.upload?.attempt === attempt ? { ...own, actor: state.upload.actor } : own,
      ...(gate === null ? {} : { before: gate.before }),
      decide: (now) => {
        const events = completeUpload({ attempt, ...data }, now);
        if (events.length > 0 && now.exists) gate?.assert(now.owner, { bytes: more, uploads: 0 });
        return events;
      },
      alongside: async (sql, change) => {
        const { after } = change;
        if (after.exists && after.data?.key) await keepData(sql, after.data.key);
        await releaseUnderWay(sql, change);
      },
    });
  }
}
