import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { imageStream, servicePolicy } from '@cloud-images/contracts';
import type { Image } from '@cloud-images/image-model';
import { Caller, CONFIG, metadataOf, OnlyVia, type CallerContext } from '@cloud-images/service-kit';
import { IsUUID } from 'class-validator';
import type { CatalogConfig } from '../config.js';
import { endless, type Quotas, type Room } from '../image/quota.js';
import { releaseUnderWay } from '../image/under-way.js';
import { keepData, takeLease } from '../image/upload-leases.js';
import { InternalBody } from '../internal-body.js';
import { assertInOwnName } from '../own-name.js';
import { IMAGES, QUOTAS, type Images } from '../tokens.js';
import { reworkImport } from './rework-import.js';

export class AnnouncedRework {
  @IsUUID('all')
  task_id!: string;
}

/** Where the worker puts what comes of it. */
export interface BegunRework {
  readonly attempt: string;
  readonly key: string;
  readonly lease_seconds: number;
  /** bytes */
  readonly max_size: number;
  readonly over_quota: string | null;
}

@Controller()
export class ReworkImport {
  constructor(
    @Inject(IMAGES) private readonly images: Images,
    @Inject(QUOTAS) private readonly quotas: Quotas,
    @Inject(CONFIG) private readonly config: Pick<CatalogConfig, 'uploadLeaseSeconds'>,
  ) {}

  @Post('internal/images/:id/rework-import')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.act_for_task)
  async rework(
    @Caller() caller: CallerContext,
    @Param('id', ParseUUIDPipe) imageId: string,
    @Body(InternalBody) { task_id: taskId }: AnnouncedRework,
  ): Promise<BegunRework> {
    assertInOwnName(caller);
    const { uploadLeaseSeconds: lease_seconds } = this.config;
    const gate = this.quotas.dataGate(imageId);
    const attempt = randomUUID();
    let room: Room = endless;
    const { state } = await this.images.handle({
      stream: imageStream(imageId),
      metadata: metadataOf(caller),
      ...(gate === null ? {} : { before: gate.before }),
      decide: (known) => {
        const events = reworkImport({ taskId, attempt }, known);
        room = gate?.assert((known as Image).owner, { bytes: 0, uploads: 0 }) ?? endless;
        return events;
      },
      alongside: async (sql, change) => {
        const { upload, staged, id } = change.after as Image;
        await releaseUnderWay(sql, change);
        // It has no time of its own any more: it stays until the import has ended.
        await keepData(sql, staged!.key);
        await takeLease(sql, { attempt, image_id: id, key: upload!.key, reserved: upload!.reserved }, lease_seconds);
      },
    });
    const { owner, upload, staged } = state as Image;
    const largest = this.quotas.limitsOf(owner).image_bytes;
    // What lies ready counts already, and goes.
    const free = room.bytes + (staged?.size ?? 0);
    return {
      ...{ attempt, key: upload?.key ?? '', lease_seconds },
      max_size: Math.min(free, largest),
      over_quota: free < largest ? room.refusal : null,
    };
  }
}
