import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { servicePolicy } from '@cloud-images/contracts';
import { Caller, CONFIG, OnlyVia, type CallerContext } from '@cloud-images/service-kit';
import { IsInt, IsOptional, Min } from 'class-validator';
import type { CatalogConfig } from '../config.js';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import { blobKeyOf } from '../image/blob-key.js';
import { takeLease } from '../image/upload-leases.js';
import { InternalBody } from '../internal-body.js';
import { assertDeclaredSize, beginUpload, contentRule, type ContentRule } from './begin-upload.js';

export class UploadAnnouncement {
  /** bytes; null when the client did not say. */
  @IsOptional()
  @IsInt()
  @Min(0)
  declared_size: number | null = null;
}

/** What the gateway needs to receive the data. */
export interface BegunUpload {
  readonly attempt: string;
  readonly key: string;
  readonly lease_seconds: number;
  /** bytes */
  readonly max_size: number;
  /** Null: any data will do. */
  readonly content: ContentRule | null;
}

type UploadLimits = Pick<CatalogConfig, 'uploadLeaseSeconds' | 'maxImageBytes' | 'contentCheck' | 'maxVirtualBytes'>;

@Controller()
export class BeginUpload {
  constructor(
    @Inject(ImageCommands) private readonly commands: ImageCommands,
    @Inject(CONFIG) private readonly config: UploadLimits,
  ) {}

  @Post('internal/images/:id/begin-upload')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.settle_upload)
  async begin(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Body(InternalBody) { declared_size }: UploadAnnouncement,
  ): Promise<BegunUpload> {
    const { uploadLeaseSeconds, maxImageBytes } = this.config;
    const attempt = randomUUID();
    const key = blobKeyOf(attempt);
    const { state } = await this.commands.run(caller, {
      imageId,
      decide: (before, who) => {
        const events = beginUpload(attempt, addressed(before, who, 'upload_image'));
        assertDeclaredSize(declared_size, maxImageBytes);
        return events;
      },
      alongside: (sql) => takeLease(sql, { attempt, image_id: imageId, key }, uploadLeaseSeconds),
    });
    const content = contentRule(state, this.config);
    return { attempt, key, lease_seconds: uploadLeaseSeconds, max_size: maxImageBytes, content };
  }
}
