import { Controller, Delete, Get, Head, Headers, HttpCode, Inject, Param, Post, Put, Query, Res } from '@nestjs/common';
import { Refusal } from '@cloud-images/contracts';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { CLOUD_FILES, type CloudFiles } from './cloud-files.js';
import {
  describeContainer,
  findContainer,
  makeContainer,
  removeContainer,
  type Container,
} from './containers.query.js';
import { listObjects, nameOf, objectEntry, readListQuery } from './listing.js';
import { assertOffered, merged, metadataHeaders, metadataIn } from './metadata.js';
import { assertContainerName, noContainer, ownProject } from './names.js';
import { objectsFrom } from './objects.query.js';
import { sendList } from './send-list.js';
import { madeAt } from './swift-headers.js';

/** `/v1/AUTH_<project>/<container>`. */
@Controller()
export class Containers {
  constructor(@Inject(CLOUD_FILES) private readonly files: CloudFiles) {}

  /** 201 when it was made, 202 when it was there: what was sent of metadata is laid over what it has. */
  @Put('v1/:account/:container')
  async make(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Param('container') name: string,
    @Headers() headers: IncomingHttpHeaders,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const project = ownProject('write_files', identity, account);
    assertContainerName(name);
    assertOffered(headers);
    const sent = metadataIn(headers, 'container');
    const { made } = await makeContainer(this.files.sql, project, name);
    if (Object.keys(sent).length > 0) await this.overlay(project, name, sent);
    reply.code(made ? 201 : 202).send();
  }

  @Post('v1/:account/:container')
  @HttpCode(204)
  async describe(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Param('container') name: string,
    @Headers() headers: IncomingHttpHeaders,
  ): Promise<void> {
    const project = ownProject('write_files', identity, account);
    assertOffered(headers);
    await this.overlay(project, name, metadataIn(headers, 'container'));
  }

  @Head('v1/:account/:container')
  async show(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Param('container') name: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const container = await this.find(ownProject('read_files', identity, account), name);
    reply.code(204).headers(containerHeaders(container)).send();
  }

  @Get('v1/:account/:container')
  async list(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Param('container') name: string,
    @Query() query: Record<string, unknown>,
    @Headers('accept') accept: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const project = ownProject('read_files', identity, account);
    const wanted = readListQuery(query, accept);
    const container = await this.find(project, name);
    const listed = await listObjects((page) => objectsFrom(this.files.sql, project, name, page), wanted);
    reply.headers(containerHeaders(container));
    sendList(reply, wanted.json, listed.map(objectEntry), listed.map(nameOf));
  }

  @Delete('v1/:account/:container')
  @HttpCode(204)
  async remove(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Param('container') name: string,
  ): Promise<void> {
    const project = ownProject('delete_files', identity, account);
    const outcome = await removeContainer(this.files.sql, project, name);
    if (outcome === 'absent') throw noContainer();
    if (outcome === 'not empty') throw new Refusal('container-not-empty', 'The container still holds objects.');
  }

  private async find(project: string, name: string): Promise<Container> {
    const container = await findContainer(this.files.sql, project, name);
    if (container === null) throw noContainer();
    return container;
  }

  private async overlay(project: string, name: string, sent: Readonly<Record<string, string>>): Promise<void> {
    const { metadata } = await this.find(project, name);
    const there = await describeContainer(this.files.sql, project, name, merged(metadata, sent));
    if (!there) throw noContainer();
  }
}

const containerHeaders = ({ objects, bytes, created_at, metadata }: Container): Record<string, string> => ({
  'x-container-object-count': String(objects),
  'x-container-bytes-used': String(bytes),
  'accept-ranges': 'bytes',
  ...madeAt(created_at),
  ...metadataHeaders(metadata, 'container'),
});
