import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Refusal, taskStream } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { FetchUrlRefused, type SafeFetcher } from '@cloud-images/safe-fetch';
import { Caller, jsonObject, metadataOf, type CallerContext } from '@cloud-images/service-kit';
import type { Catalog } from '../catalog.js';
import type { TaskQueue } from '../queue/task-queue.js';
import { endedImportsOf, lockImports, noteImport } from '../read-model/image-imports.query.js';
import type { Task } from '../task/task.js';
import { CATALOG, FETCHER, QUEUE, SQL, TASKS, type Tasks } from '../tokens.js';
import { readImportRequest, requestImport } from './import-data.js';

/** 202: what comes of it is told by the image's status, and by the tasks of the image. */
@Controller()
export class ImportData {
  constructor(
    @Inject(TASKS) private readonly tasks: Tasks,
    @Inject(QUEUE) private readonly queue: TaskQueue,
    @Inject(SQL) private readonly sql: SqlExecutor,
    @Inject(CATALOG) private readonly catalog: Catalog,
    @Inject(FETCHER) private readonly fetcher: SafeFetcher,
  ) {}

  @Post('v2/images/:id/import')
  @HttpCode(202)
  async request(@Caller() caller: CallerContext, @Param('id') imageId: string, @Body() body: unknown): Promise<void> {
    const wanted = readImportRequest(jsonObject(body), imageId);
    if (wanted.method === 'web-download') this.assertFetchable(wanted.uri);
    const ended = await endedImportsOf(this.sql, imageId);
    const { image_id } = await this.catalog.assertImportable(caller, imageId, wanted.method);
    const id = randomUUID();
    await this.tasks.handle({
      stream: taskStream(id),
      metadata: metadataOf(caller),
      context: caller.context,
      isNew: true,
      before: (sql) => lockImports(sql, image_id),
      decide: (state) => requestImport({ id, input: { ...wanted, image_id }, caller: caller.identity }, state),
      alongside: async (sql, { after }) => {
        await this.queue.add(sql, after as Task);
        if (await noteImport(sql, image_id, id, ended)) return;
        throw new Refusal('status-conflict', 'Another import of this image has not ended.');
      },
    });
  }

  private assertFetchable(uri: string): void {
    try {
      this.fetcher.check(uri);
    } catch (error) {
      if (error instanceof FetchUrlRefused) throw new Refusal('uri-refused', error.message);
      throw error;
    }
  }
}
