import { randomUUID } from 'node:crypto';
import { Body, Controller, Headers, Inject, Post, Res } from '@nestjs/common';
import { authorize, Refusal, taskStream } from '@cloud-images/contracts';
import { onceOnly, type RememberedAnswer, type SqlExecutor } from '@cloud-images/event-store';
import { Caller, CONFIG, jsonObject, metadataOf, repeatable, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import type { TaskWorkerConfig } from '../config.js';
import type { TaskQueue } from '../queue/task-queue.js';
import type { Offers } from '../task/offers.js';
import { renderTask } from '../task/render-task.js';
import type { Task, TaskState } from '../task/task.js';
import { OFFERS, QUEUE, SQL, TASKS, type Tasks } from '../tokens.js';
import { requestTask } from './request-task.js';
import { readTaskRequest } from './task-request.js';

@Controller()
export class RequestTask {
  constructor(
    @Inject(TASKS) private readonly tasks: Tasks,
    @Inject(QUEUE) private readonly queue: TaskQueue,
    @Inject(OFFERS) private readonly offers: Offers,
    @Inject(SQL) private readonly sql: SqlExecutor,
    @Inject(CONFIG) private readonly config: Pick<TaskWorkerConfig, 'publicUrl' | 'mostTasksPerProject'>,
  ) {}

  @Post('v2/tasks')
  async request(
    @Caller() caller: CallerContext,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const document = jsonObject(body);
    authorize('add_task', caller.identity);
    const { type, input } = readTaskRequest(document, this.offers);
    const answer = await onceOnly(this.sql, repeatable(key, caller, 'request task', document), async (remember) => {
      await this.assertRoom(caller.identity.project ?? '');
      const id = randomUUID();
      const { state } = await this.tasks.handle({
        stream: taskStream(id),
        metadata: metadataOf(caller),
        context: caller.context,
        isNew: true,
        decide: (known) => requestTask({ id, type, input, caller: caller.identity }, known),
        alongside: async (sql, { after }) => {
          await this.queue.add(sql, after as Task);
          await remember?.(sql, this.answer(after));
        },
      });
      return this.answer(state);
    });
    if (answer.repeated) reply.header('idempotent-replayed', 'true');
    reply.code(answer.status).headers(answer.headers).send(answer.body);
  }

  private answer(state: TaskState): RememberedAnswer {
    const task = state as Task;
    return {
      status: 201,
      headers: {
        location: `${this.config.publicUrl}/v2/tasks/${task.id}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(renderTask(task)),
    };
  }

  /** Some more may come at the same moment: the limit is there to bound the queue, not to be exact. */
  private async assertRoom(project: string): Promise<void> {
    const { mostTasksPerProject: most } = this.config;
    const { rows } = await this.sql.query<{ open: string }>(
      'SELECT count(*) AS open FROM read_model.tasks WHERE owner = $1 AND expires_at IS NULL',
      [project],
      'count open tasks',
    );
    if (Number(rows[0]?.open) < most) return;
    throw new Refusal('limit-exceeded', `A project may have ${most} tasks that are not finished.`);
  }
}
