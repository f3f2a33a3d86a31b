import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import { authorize, isOperator } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyRequest } from 'fastify';
import type { Offers } from '../task/offers.js';
import { OFFERS, SQL } from '../tokens.js';
import { linkOf, readListQuery } from './list-query.js';
import { taskPage } from './task-page.query.js';

@Controller()
export class ListTasks {
  constructor(
    @Inject(SQL) private readonly sql: SqlExecutor,
    @Inject(OFFERS) private readonly offers: Offers,
  ) {}

  @Get('v2/tasks')
  @Header('content-type', 'application/json')
  async list(@Caller() { identity }: CallerContext, @Req() request: FastifyRequest): Promise<string> {
    authorize('get_tasks', identity);
    const parameters = [...new URL(request.url, 'http://service').searchParams];
    const query = readListQuery(parameters, this.offers);
    const owner = isOperator(identity) ? null : (identity.project ?? '');
    const stubs = await taskPage(this.sql, query, owner);
    const { id: last } = JSON.parse(stubs.at(-1) ?? '{}') as { id?: string };
    const next = stubs.length === query.limit && last !== undefined ? linkOf(query, last) : undefined;
    const links = JSON.stringify({ first: linkOf(query), next, schema: '/v2/schemas/tasks' });
    return `{"tasks":[${stubs.join(',')}],${links.slice(1)}`;
  }
}
