import { Controller, Get, Header, Inject, Param } from '@nestjs/common';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import { readTask } from '../read-model/task-row.query.js';
import { assertMyTask } from '../task/task-not-found.js';
import { SQL } from '../tokens.js';

@Controller()
export class ShowTask {
  constructor(@Inject(SQL) private readonly sql: SqlExecutor) {}

  @Get('v2/tasks/:id')
  @Header('content-type', 'application/json')
  async show(@Caller() { identity }: CallerContext, @Param('id') id: string): Promise<string> {
    const { owner, document } = await readTask(this.sql, id);
    assertMyTask('get_task', identity, owner);
    return document;
  }
}
