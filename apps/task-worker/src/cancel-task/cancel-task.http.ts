import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { taskStream } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, CONFIG, metadataOf, type CallerContext } from '@cloud-images/service-kit';
import type { TaskWorkerConfig } from '../config.js';
import { readTask } from '../read-model/task-row.query.js';
import { renderTask } from '../task/render-task.js';
import type { Task } from '../task/task.js';
import { assertMyTask } from '../task/task-not-found.js';
import { SQL, TASKS, type Tasks } from '../tokens.js';
import { cancelTask } from './cancel-task.js';

/** Ours: neither Glance nor Rackspace can. Answers with the task; the worker lets go of it within a third of its lease. */
@Controller()
export class CancelTask {
  constructor(
    @Inject(TASKS) private readonly tasks: Tasks,
    @Inject(SQL) private readonly sql: SqlExecutor,
    @Inject(CONFIG) private readonly config: Pick<TaskWorkerConfig, 'taskExpirySeconds'>,
  ) {}

  @Post('v2/tasks/:id/cancel')
  @HttpCode(200)
  async cancel(@Caller() caller: CallerContext, @Param('id') id: string): Promise<object> {
    const { owner, id: taskId } = await readTask(this.sql, id);
    assertMyTask('modify_task', caller.identity, owner);
    const { state } = await this.tasks.handle({
      stream: taskStream(taskId),
      metadata: metadataOf(caller),
      context: caller.context,
      decide: (task, { now }) => cancelTask(task, now, this.config.taskExpirySeconds),
    });
    return renderTask(state as Task);
  }
}
