import { randomUUID } from 'node:crypto';
import { Body, Controller, Headers, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { servicePolicy } from '@cloud-images/contracts';
import { Caller, CONFIG, OnlyVia, type CallerContext } from '@cloud-images/service-kit';
import { IsBoolean, IsInt, IsOptional, IsUUID, Min } from 'class-validator';
import type { CatalogConfig } from '../config.js';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import { blobKeyOf } from '../image/blob-key.js';
import { contentRule, type ContentRule } from '../image/content-rule.js';
import { endless, type Quotas, type Room } from '../image/quota.js';
import { takeLease } from '../image/upload-leases.js';
import { InternalBody } from '../internal-body.js';
import { QUOTAS } from '../tokens.js';
import { assertDeclaredSize, beginUpload } from './begin-upload.js';

export class UploadAnnouncement {
  /** bytes; null when the client did not say. */
  @IsOptional()
  @IsInt()
  @Min(0)
  declared_size: number | null = null;

  /** Drawn by the caller, who can then end the attempt without having heard of its beginning; null: drawn here. */
  @IsOptional()
  @IsUUID('all')
  attempt: string | null = null;

  /** What is received will lie ready for an import. */
  @IsOptional()
  @IsBoolean()
  staging: boolean = false;
}

/** What the gateway needs to receive the data. */
export interface BegunUpload {
  readonly attempt: string;
  readonly key: string;
  readonly lease_seconds: number;
  /** bytes */
  readonly max_size: number;
  /** What a client that sends more is told, when it is the project's quota that sets `max_size`. */
  readonly over_quota: string | null;
  /** Null: any data will do. */
  readonly content: ContentRule | null;
}

type UploadLimits = Pick<
  CatalogConfig,
  'uploadLeaseSeconds' | 'maxImageBytes' | 'contentCheck' | 'maxVirtualBytes' | 'importDecompress'
>;

@Controller()
export class BeginUpload {
  constructor(
    @Inject(ImageCommands) private readonly commands: ImageCommands,
    @Inject(QUOTAS) private readonly quotas: Quotas,
    @Inject(CONFIG) private readonly config: UploadLimits,
  ) {}

  @Post('internal/images/:id/begin-upload')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.settle_upload)
  async begin(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body(InternalBody) { declared_size, attempt: drawn, staging }: UploadAnnouncement,
  ): Promise<BegunUpload> {
    const { uploadLeaseSeconds } = this.config;
    const attempt = drawn ?? randomUUID();
    const key = blobKeyOf(attempt);
    const gate = this.quotas.dataGate(imageId);
    let room: Room = endless;
    const { state } = await this.commands.run(caller, {
      imageId,
      ifMatch,
      ...(gate === null ? {} : { before: gate.before }),
      decide: (known, who) => {
        const image = addressed(known, who, 'upload_image');
        const events = beginUpload(attempt, declared_size, image);
        assertDeclaredSize(declared_size, this.quotas.limitsOf(image.owner).image_bytes);
        room = gate?.assert(image.owner, { bytes: declared_size ?? 0, uploads: 1 }) ?? endless;
        return events;
      },
      alongside: (sql) => {
        const lease = { attempt, image_id: imageId, key, reserved: declared_size };
        return takeLease(sql, lease, uploadLeaseSeconds);
      },
    });
    const largest = this.quotas.limitsOf(state.owner).image_bytes;
    const byQuota = declared_size === null && room.bytes < largest;
    const rule = contentRule(state, this.config);
    const compressedToo = staging && this.config.importDecompress;
    return {
      attempt,
      key,
      lease_seconds: uploadLeaseSeconds,
      max_size: byQuota ? room.bytes : largest,
      over_quota: byQuota ? room.refusal : null,
      content: rule && compressedToo ? { ...rule, may_be_compressed: true } : rule,
    };
  }
}
