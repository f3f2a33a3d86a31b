import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Refusal, servicePolicy } from '@cloud-images/contracts';
import { Caller, CONFIG, OnlyVia, type CallerContext } from '@cloud-images/service-kit';
import { IsIn, IsUUID, ValidateIf } from 'class-validator';
import type { CatalogConfig } from '../config.js';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import { contentRule, type ContentRule } from '../image/content-rule.js';
import type { Image } from '@cloud-images/image-model';
import { endless, type Quotas, type Room } from '../image/quota.js';
import { restartLease, takeLease } from '../image/upload-leases.js';
import { InternalBody } from '../internal-body.js';
import { QUOTAS } from '../tokens.js';
import { assertImportable, beginImport, isDone, type ImportMethod } from './begin-import.js';

export class AnnouncedImport {
  /** Null: only whether it could begin. */
  @ValidateIf(({ task_id }: AnnouncedImport) => task_id !== null)
  @IsUUID('all')
  task_id!: string | null;

  @IsIn(['glance-direct', 'web-download'])
  method!: ImportMethod;
}

/** What the worker needs to bring the data. */
export interface BegunImport {
  readonly image_id: string;
  readonly owner: string | null;
  /** The image has its data by this very task already. */
  readonly done: boolean;
  readonly attempt: string;
  readonly key: string;
  readonly lease_seconds: number;
  /** bytes */
  readonly max_size: number;
  readonly over_quota: string | null;
  readonly content: ContentRule | null;
  /** What lies ready, and where; null when it is to be fetched. */
  readonly staged: Image['staged'];
  /** Compressed data is to be decompressed. */
  readonly decompress: boolean;
  /** Disks of other formats are to be converted; null: they stay as they are. */
  readonly convert_to: 'raw' | 'qcow2' | null;
}

type ImportLimits = Pick<
  CatalogConfig,
  'uploadLeaseSeconds' | 'contentCheck' | 'maxVirtualBytes' | 'importMethods' | 'importDecompress' | 'importConvertTo'
>;

@Controller()
export class BeginImport {
  constructor(
    @Inject(ImageCommands) private readonly commands: ImageCommands,
    @Inject(QUOTAS) private readonly quotas: Quotas,
    @Inject(CONFIG) private readonly config: ImportLimits,
  ) {}

  /** As the one who asked for the task. */
  @Post('internal/images/:id/begin-import')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.act_for_task)
  async begin(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Body(InternalBody) { task_id: taskId, method }: AnnouncedImport,
  ): Promise<BegunImport> {
    const { uploadLeaseSeconds: seconds, importMethods } = this.config;
    if (!importMethods.includes(method)) throw new Refusal('not-offered', `${method} is not offered here.`);
    const gate = this.quotas.dataGate(imageId);
    const attempt = randomUUID();
    let room: Room = endless;
    const { state } = await this.commands.run(caller, {
      imageId,
      ...(gate === null ? {} : { before: gate.before }),
      decide: (known, who) => {
        const image = addressed(known, who, 'upload_image');
        if (taskId === null) assertImportable(method, image);
        const events = taskId === null ? [] : beginImport({ taskId, method, attempt }, image);
        if (events.length > 0 && image.staged === null) {
          room = gate?.assert(image.owner, { bytes: 0, uploads: 1 }) ?? endless;
        }
        return events;
      },
      alongside: async (sql, { after }) => {
        if (!after.exists || after.upload === null) return;
        const { attempt: current, key } = after.upload;
        if (await restartLease(sql, current, seconds)) return;
        await takeLease(sql, { attempt: current, image_id: imageId, key, reserved: null }, seconds);
      },
    });
    const largest = this.quotas.limitsOf(state.owner).image_bytes;
    const byQuota = room.bytes < largest;
    return {
      image_id: state.id.toLowerCase(),
      owner: state.owner,
      done: taskId !== null && isDone(taskId, state),
      attempt: state.upload?.attempt ?? '',
      key: state.upload?.key ?? '',
      lease_seconds: seconds,
      max_size: byQuota ? room.bytes : largest,
      over_quota: byQuota ? room.refusal : null,
      content: contentRule(state, this.config),
      staged: state.staged,
      decompress: this.config.importDecompress,
      convert_to: this.config.importConvertTo || null,
    };
  }
}
