import { Controller, Get, Header, Inject, Param } from '@nestjs/common';
import { isOperator } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { Catalog } from '../catalog.js';
import { tasksOfImage } from '../read-model/image-imports.query.js';
import { CATALOG, SQL } from '../tokens.js';

/** Whoever sees the image sees what tasks of its own project have done to it; an operator those of all. */
@Controller()
export class ListImageTasks {
  constructor(
    @Inject(SQL) private readonly sql: SqlExecutor,
    @Inject(CATALOG) private readonly catalog: Catalog,
  ) {}

  @Get('v2/images/:id/tasks')
  @Header('content-type', 'application/json')
  async list(@Caller() caller: CallerContext, @Param('id') id: string): Promise<string> {
    const imageId = await this.catalog.assertVisible(caller, id);
    const { identity } = caller;
    const tasks = await tasksOfImage(this.sql, imageId, isOperator(identity) ? null : (identity.project ?? ''));
    return `{"tasks":[${tasks.join(',')}]}`;
  }
}
