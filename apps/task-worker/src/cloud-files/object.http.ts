import { Controller, Delete, Get, Head, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { internalHeaders, type FileLocator } from '@cloud-images/contracts';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { CLOUD_FILES, type CloudFiles } from './cloud-files.js';
import { deleteAtIn } from './expiry.js';
import { assertOffered, metadataIn, withoutRemoved } from './metadata.js';
import { noContainer, noObject, ownProject } from './names.js';
import { hasContainer } from './containers.query.js';
import { describeObject, findObject, removeObject, type StoredObject } from './objects.query.js';
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
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const object = await this.find(ownProject('read_files', identity, account), container, name);
    const { key, size, md5 } = object;
    const locator: FileLocator = { key, size, md5 };
    reply.headers(objectHeaders(object)).header(internalHeaders.locator, JSON.stringify(locator)).send('');
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

  @Delete('v1/:account/:container/*')
  @HttpCode(204)
  async remove(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Param('container') container: string,
    @Param('*') name: string,
  ): Promise<void> {
    const project = ownProject('delete_files', identity, account);
    const { sql, graceSeconds } = this.files;
    if (!(await removeObject(sql, { project, container, name }, graceSeconds))) {
      throw await this.absent(project, container);
    }
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
