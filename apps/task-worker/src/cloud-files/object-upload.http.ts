import { Body, Controller, HttpCode, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { isService, Refusal, servicePolicy } from '@cloud-images/contracts';
import { Caller, OnlyVia, ValidBody, type CallerContext } from '@cloud-images/service-kit';
import { IsBoolean, IsInt, IsObject, IsOptional, IsString, Matches, Min } from 'class-validator';
import { beginAttempt, completeAttempt, failAttempt, renewAttempt } from './attempts.query.js';
import { CLOUD_FILES, type CloudFiles } from './cloud-files.js';
import { deleteAtIn } from './expiry.js';
import { assertOffered, metadataIn, withoutRemoved, type Metadata } from './metadata.js';
import { assertContainerName, assertObjectName, noContainer, ownProject } from './names.js';
import { hasContainer } from './containers.query.js';
import { findObject } from './objects.query.js';

export class ObjectAnnouncement {
  @IsString()
  account!: string;

  @IsString()
  container!: string;

  @IsString()
  object!: string;

  /** bytes; null when the client did not say. */
  @IsOptional()
  @IsInt()
  @Min(0)
  declared_size: number | null = null;

  @IsBoolean()
  if_absent!: boolean;

  /** `X-Object-Meta-…` as they were sent. */
  @IsObject()
  headers!: Record<string, string>;
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

  @IsString()
  content_type!: string;

  @IsObject()
  metadata!: Record<string, string>;

  @IsOptional()
  @IsInt()
  delete_at: number | null = null;
}

const exists = () => new Refusal('precondition-failed', 'There is an object of that name.');

/** An upload: begun as the caller, settled by the gateway in its own name. */
@Controller('internal/cloud-files')
export class ObjectUpload {
  constructor(@Inject(CLOUD_FILES) private readonly files: CloudFiles) {}

  @Post('begin')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.settle_file)
  async begin(
    @Caller() { identity }: CallerContext,
    @Body(ValidBody) wanted: ObjectAnnouncement,
  ): Promise<BegunObject> {
    const project = ownProject('write_files', identity, wanted.account);
    const { container, object: name } = wanted;
    assertContainerName(container);
    assertObjectName(name);
    assertOffered(wanted.headers);
    const metadata = withoutRemoved(metadataIn(wanted.headers, 'object'));
    const deleteAt = deleteAtIn(wanted.headers);
    const { sql, leaseSeconds, maxObjectBytes } = this.files;
    if ((wanted.declared_size ?? 0) > maxObjectBytes) {
      throw new Refusal('object-too-large', `An object may have at most ${maxObjectBytes} bytes.`);
    }
    const path = { project, container, name };
    if (!(await hasContainer(sql, path))) throw noContainer();
    if (wanted.if_absent && (await findObject(sql, path)) !== null) throw exists();
    const attempt = await beginAttempt(sql, leaseSeconds);
    return {
      ...attempt,
      lease_seconds: leaseSeconds,
      max_size: maxObjectBytes,
      project,
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
