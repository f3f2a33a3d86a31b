import { Body, Controller, HttpCode, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { isService, Refusal, servicePolicy } from '@cloud-images/contracts';
import { Caller, OnlyVia, ValidBody, type CallerContext } from '@cloud-images/service-kit';
import { IsBoolean, IsInt, IsObject, IsOptional, IsString, Matches, Min } from 'class-validator';
import { beginAttempt, completeAttempt, failAttempt, renewAttempt } from './attempts.query.js';
import { CLOUD_FILES, type CloudFiles } from './cloud-files.js';
import type { Metadata } from './metadata.js';
import { noContainer } from './names.js';
import { exists, ObjectAnnouncement, prepared } from './prepared-object.js';

export class ObjectUploadAnnouncement extends ObjectAnnouncement {
  /** bytes; null when the client did not say. */
  @IsOptional()
  @IsInt()
  @Min(0)
  declared_size: number | null = null;
}

/** What the gateway needs to receive the data. */
export interface BegunObject {
  readonly attempt: string;
  readonly key: string;
  readonly lease_seconds: number;
  /** bytes */
  readonly max_size: number;
  readonly project: string;
  readonly metadata: Metadata;
  /** Seconds since 1970; null: it stays. */
  readonly delete_at: number | null;
}

export class WrittenObject {
  @IsString()
  project!: string;

  @IsString()
  container!: string;

  @IsString()
  object!: string;

  @IsBoolean()
  if_absent!: boolean;

  @IsInt()
  @Min(0)
  size!: number;

  @Matches(/^[0-9a-f]{32}$/)
  md5!: string;

  /** Absent from a gateway of the version before. */
  @IsOptional()
  @Matches(/^[0-9a-f]{128}$/)
  sha512: string | null = null;

  @IsString()
  content_type!: string;

  @IsObject()
  metadata!: Record<string, string>;

  @IsOptional()
  @IsInt()
  delete_at: number | null = null;
}

/** An upload: begun as the caller, settled by the gateway in its own name. */
@Controller('internal/cloud-files')
export class ObjectUpload {
  constructor(@Inject(CLOUD_FILES) private readonly files: CloudFiles) {}

  @Post('begin')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.settle_file)
  async begin(
    @Caller() { identity }: CallerContext,
    @Body(ValidBody) wanted: ObjectUploadAnnouncement,
  ): Promise<BegunObject> {
    const { sql, leaseSeconds, maxObjectBytes } = this.files;
    if ((wanted.declared_size ?? 0) > maxObjectBytes) {
      throw new Refusal('object-too-large', `An object may have at most ${maxObjectBytes} bytes.`);
    }
    const { path, metadata, deleteAt } = await prepared(this.files, identity, wanted);
    const attempt = await beginAttempt(sql, leaseSeconds);
    return {
      ...attempt,
      lease_seconds: leaseSeconds,
      max_size: maxObjectBytes,
      project: path.project,
      metadata,
      delete_at: deleteAt,
    };
  }

  @Post('attempts/:attempt/complete')
  @HttpCode(204)
  @OnlyVia(...servicePolicy.settle_file)
  async complete(
    @Caller() caller: CallerContext,
    @Param('attempt', ParseUUIDPipe) attempt: string,
    @Body(ValidBody) written: WrittenObject,
  ): Promise<void> {
    assertByService(caller);
    const { project, container, object: name, if_absent: ifAbsent, delete_at: at, ...rest } = written;
    const { sql, graceSeconds } = this.files;
    const path = { project, container, name };
    const facts = { ...rest, origin: null, delete_at: at === null ? null : new Date(at * 1_000) };
    const done = { path, facts, ifAbsent, graceSeconds };
    const outcome = await completeAttempt(sql, attempt, done);
    if (outcome === 'stored') return;
    await failAttempt(sql, attempt);
    if (outcome === 'exists') throw exists();
    if (outcome === 'no container') throw noContainer();
    throw new Refusal('attempt-superseded', 'The upload took too long to be finished and was given up.');
  }

  @Post('attempts/:attempt/renew')
  @HttpCode(204)
  @OnlyVia(...servicePolicy.settle_file)
  async renew(@Caller() caller: CallerContext, @Param('attempt', ParseUUIDPipe) attempt: string): Promise<void> {
    assertByService(caller);
    if (await renewAttempt(this.files.sql, attempt, this.files.leaseSeconds)) return;
    throw new Refusal('attempt-superseded', 'The upload took too long and was given up.');
  }

  @Post('attempts/:attempt/fail')
  @HttpCode(204)
  @OnlyVia(...servicePolicy.settle_file)
  async fail(@Caller() caller: CallerContext, @Param('attempt', ParseUUIDPipe) attempt: string): Promise<void> {
    assertByService(caller);
    await failAttempt(this.files.sql, attempt);
  }
}

/** A user whom the gateway vouches for may not settle what others write. */
function assertByService({ identity }: CallerContext): void {
  if (!isService(identity)) throw new Refusal('forbidden', 'This operation is not open to users.');
}
