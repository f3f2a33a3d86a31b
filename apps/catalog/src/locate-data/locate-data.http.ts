import { Controller, Get, Inject, Param } from '@nestjs/common';
import { authorize, servicePolicy, type BlobLocator } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, OnlyVia, type CallerContext } from '@cloud-images/service-kit';
import type { ImageStatus } from '@cloud-images/image-model';
import { readImage, relationNow } from '../read-model/image-row.query.js';
import { READ_MODEL } from '../read-model/tokens.js';

/** What the one needs who does something with the data of an image in a user's name. */
export interface LocatedData {
  /** As the creator spelled it. */
  readonly image_id: string;
  readonly owner: string | null;
  readonly status: ImageStatus;
  readonly disk_format: string | null;
  readonly container_format: string | null;
  /** Null while there is no data. */
  readonly locator: BlobLocator | null;
}

/** As a download, for a service that reads the data itself: whoever may not download it, may not have it read. */
@Controller()
export class LocateData {
  constructor(@Inject(READ_MODEL) private readonly sql: SqlExecutor) {}

  @Get('internal/images/:id/data')
  @OnlyVia(...servicePolicy.act_for_task)
  async locate(@Caller() { identity }: CallerContext, @Param('id') id: string): Promise<LocatedData> {
    authorize('get_images', identity);
    const seen = await readImage(this.sql, identity, id);
    authorize('download_image', identity, relationNow(seen, false));
    const { owner, status, document, locator } = seen.row;
    const shown = JSON.parse(document) as { id: string; disk_format?: string; container_format?: string };
    return {
      image_id: shown.id,
      owner,
      status,
      disk_format: shown.disk_format ?? null,
      container_format: shown.container_format ?? null,
      locator: locator === null ? null : (JSON.parse(locator) as BlobLocator),
    };
  }
}
