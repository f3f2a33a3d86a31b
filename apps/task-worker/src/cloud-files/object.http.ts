import { Controller, Delete, Get, Head, Headers, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { internalHeaders, Refusal, type FileLocator } from '@cloud-images/contracts';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { CLOUD_FILES, type CloudFiles } from './cloud-files.js';
import { deleteAtIn } from './expiry.js';
import { assertOffered, metadataIn, withoutRemoved } from './metadata.js';
import { noContainer, noObject, ownProject } from './names.js';
import { hasContainer } from './containers.query.js';
import { describeObject, findObject, removeObject, type ObjectPath, type StoredObject } from './objects.query.js';
import { shownManifest } from './manifest.js';
import { manifestOf, partsOf } from './segments.query.js';
import { objectHeaders } from './swift-headers.js';

/** `/v1/AUTH_<project>/<container>/<object>`, all but its upload. A name may have slashes. */
@Controller()
export class Objects {
  constructor(@Inject(CLOUD_FILES) private readonly files: CloudFiles) {}

  @Head('v1/:account/:container/*')
  async show(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Param('container') container: string,
    @Param('*') name: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const object = await this.find(ownProject('read_files', identity, account), container, name);
    reply.headers(objectHeaders(object)).header('content-length', String(object.size)).send();
  }

  /** The answer is where the bytes are; the gateway moves them. */
  @Get('v1/:account/:container/*')
  async locate(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Param('container') container: string,
    @Param('*') name: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const project = ownProject('read_files', identity, account);
    const object = await this.find(project, container, name);
    const { key, size, md5, segmented } = object;
    const path = { project, container, name };
    if (segmented && query['multipart-manifest'] === 'get') return this.showManifest(path, object, query, reply);
    const locator: FileLocator = { key: segmented ? null : key, size, md5 };
    const body = segmented ? JSON.stringify({ parts: await partsOf(this.files.sql, path) }) : '';
    reply.headers(objectHeaders(object)).header(internalHeaders.locator, JSON.stringify(locator)).send(body);
  }

  /** Its metadata becomes what is sent; what is not sent is gone, as Swift has it. */
  @Post('v1/:account/:container/*')
  @HttpCode(202)
  async describe(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Param('container') container: string,
    @Param('*') name: string,
    @Headers() headers: IncomingHttpHeaders,
  ): Promise<void> {
    const project = ownProject('write_files', identity, account);
    assertOffered(headers);
    const metadata = withoutRemoved(metadataIn(headers, 'object'));
    const described = { metadata, contentType: headers['content-type'] ?? null, deleteAt: deleteAtIn(headers) };
    const there = await describeObject(this.files.sql, { project, container, name }, described);
    if (!there) throw await this.absent(project, container);
  }

  /** With `multipart-manifest=delete` its segments go first, and the answer says how many went. */
  @Delete('v1/:account/:container/*')
  async remove(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Param('container') container: string,
    @Param('*') name: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const project = ownProject('delete_files', identity, account);
    const { sql, graceSeconds } = this.files;
    const path = { project, container, name };
    const whole = query['multipart-manifest'] === 'delete';
    const segments = whole ? await manifestOf(sql, path) : null;
    if (whole && segments === null && (await findObject(sql, path)) !== null) {
      throw new Refusal('bad-request', 'The object is not made of segments.');
    }
    let removed = 0;
    for (const segment of segments ?? []) {
      if (await removeObject(sql, { ...segment, project }, graceSeconds)) removed += 1;
    }
    if (!(await removeObject(sql, path, graceSeconds))) throw await this.absent(project, container);
    if (segments === null) reply.code(204).send();
    else reply.code(200).send(removal(removed + 1, segments.length - removed));
  }

  private async showManifest(
    path: ObjectPath,
    object: StoredObject,
    { format }: Record<string, unknown>,
    reply: FastifyReply,
  ): Promise<void> {
    const segments = (await manifestOf(this.files.sql, path)) ?? [];
    reply
      .headers({ ...objectHeaders(object), 'content-type': 'application/json; charset=utf-8' })
      .send(JSON.stringify(shownManifest(segments, format === 'raw')));
  }

  private async find(project: string, container: string, name: string): Promise<StoredObject> {
    const object = await findObject(this.files.sql, { project, container, name });
    if (object === null) throw await this.absent(project, container);
    return object;
  }

  private async absent(project: string, container: string): Promise<Error> {
    return (await hasContainer(this.files.sql, { project, container })) ? noObject() : noContainer();
  }
}

/** In the words of Swift's bulk deletions. */
const removal = (removed: number, missing: number) => ({
  'Number Deleted': removed,
  'Number Not Found': missing,
  'Response Status': '200 OK',
  'Response Body': '',
  Errors: [],
});
