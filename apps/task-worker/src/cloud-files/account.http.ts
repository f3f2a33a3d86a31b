import { Controller, Get, Head, Headers, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { CLOUD_FILES, type CloudFiles } from './cloud-files.js';
import { accountTotals, describeAccount, listContainers } from './containers.query.js';
import { containerEntry, readListQuery } from './listing.js';
import { assertOffered, merged, metadataHeaders, metadataIn } from './metadata.js';
import { ownProject } from './names.js';
import { sendList } from './send-list.js';

/** `/v1/AUTH_<project>`: it is there without being made. */
@Controller()
export class Account {
  constructor(@Inject(CLOUD_FILES) private readonly files: CloudFiles) {}

  @Head('v1/:account')
  async totals(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const project = ownProject('read_files', identity, account);
    reply
      .code(204)
      .headers(await this.headers(project))
      .send();
  }

  @Get('v1/:account')
  async list(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Query() query: Record<string, unknown>,
    @Headers('accept') accept: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const project = ownProject('read_files', identity, account);
    const wanted = readListQuery(query, accept);
    const containers = wanted.limit === 0 ? [] : await listContainers(this.files.sql, project, wanted);
    reply.headers(await this.headers(project));
    sendList(
      reply,
      wanted.json,
      containers.map(containerEntry),
      containers.map(({ name }) => name),
    );
  }

  @Post('v1/:account')
  @HttpCode(204)
  async describe(
    @Caller() { identity }: CallerContext,
    @Param('account') account: string,
    @Headers() headers: IncomingHttpHeaders,
  ): Promise<void> {
    const project = ownProject('write_files', identity, account);
    assertOffered(headers);
    const { metadata } = await accountTotals(this.files.sql, project);
    await describeAccount(this.files.sql, project, merged(metadata, metadataIn(headers, 'account')));
  }

  private async headers(project: string): Promise<Record<string, string>> {
    const { containers, objects, bytes, metadata } = await accountTotals(this.files.sql, project);
    return {
      'x-account-container-count': String(containers),
      'x-account-object-count': String(objects),
      'x-account-bytes-used': String(bytes),
      'accept-ranges': 'bytes',
      ...metadataHeaders(metadata, 'account'),
    };
  }
}
