import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { Refusal, servicePolicy } from '@cloud-images/contracts';
import { Caller, OnlyVia, ValidBody, type CallerContext } from '@cloud-images/service-kit';
import { IsArray, IsOptional, IsString, Matches } from 'class-validator';
import { beginAttempt, completeAttempt, failAttempt } from './attempts.query.js';
import { CLOUD_FILES, type CloudFiles } from './cloud-files.js';
import { etagOf, matched, readManifest, sizeOf } from './manifest.js';
import { noContainer } from './names.js';
import { exists, ObjectAnnouncement, prepared } from './prepared-object.js';
import { findSegments } from './segments.query.js';

export class AnnouncedManifest extends ObjectAnnouncement {
  @IsString()
  content_type!: string;

  /** Of the object, as the client reckons it. */
  @IsOptional()
  @Matches(/^[0-9a-f]{32}$/)
  md5: string | null = null;

  @IsArray()
  segments!: unknown[];
}

/** `PUT …?multipart-manifest=put`: an object that is made of others, which are there already. */
@Controller('internal/cloud-files')
export class ObjectManifest {
  constructor(@Inject(CLOUD_FILES) private readonly files: CloudFiles) {}

  @Post('manifest')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.settle_file)
  async put(
    @Caller() { identity }: CallerContext,
    @Body(ValidBody) wanted: AnnouncedManifest,
  ): Promise<{ readonly etag: string }> {
    const { sql, leaseSeconds, graceSeconds, maxObjectBytes } = this.files;
    const { path, metadata, deleteAt } = await prepared(this.files, identity, wanted);
    const named = readManifest(wanted.segments);
    const segments = matched(named, await findSegments(sql, path.project, named));
    const size = sizeOf(segments);
    const md5 = etagOf(segments);
    if (size > maxObjectBytes) {
      throw new Refusal('object-too-large', `An object may have at most ${maxObjectBytes} bytes.`);
    }
    if (wanted.md5 !== null && wanted.md5 !== md5) {
      throw new Refusal('etag-mismatch', 'The ETag of such an object is the md5 of the ETags of its segments.');
    }
    const { attempt } = await beginAttempt(sql, leaseSeconds);
    const outcome = await completeAttempt(sql, attempt, {
      path,
      facts: {
        ...{ size, md5, sha512: null, content_type: wanted.content_type, metadata, origin: null },
        delete_at: deleteAt === null ? null : new Date(deleteAt * 1_000),
      },
      manifest: segments,
      ...{ ifAbsent: wanted.if_absent, graceSeconds },
    });
    if (outcome === 'stored') return { etag: md5 };
    await failAttempt(sql, attempt);
    if (outcome === 'exists') throw exists();
    throw outcome === 'no container' ? noContainer() : new Refusal('attempt-superseded', 'It took too long.');
  }
}
