import { Controller, Get, Inject, Param } from '@nestjs/common';
import { imageHidden, imageNotFound, type Relation } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { type ImageStatus, isDeleted, type Visibility } from '@cloud-images/image-model';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import { readImage, relationNow } from '../read-model/image-row.query.js';
import { READ_MODEL } from '../read-model/tokens.js';

/** What another service of ours needs to judge a call about an image, and nothing more. */
export interface ImageAsSeen {
  /** Lowercase. */
  readonly image_id: string;
  readonly owner: string | null;
  readonly visibility: Visibility;
  readonly status: ImageStatus;
  readonly relation: Relation;
  readonly deleted: boolean;
}

/** Who may see an image is decided here only; other services ask as their caller (the identity is passed on). */
@Controller()
export class ImageAsSeenByCaller {
  constructor(@Inject(READ_MODEL) private readonly sql: SqlExecutor) {}

  @Get('internal/images/:id/as-seen')
  async asSeen(@Caller() { identity }: CallerContext, @Param('id') id: string): Promise<ImageAsSeen> {
    const seen = await readImage(this.sql, identity, id);
    const relation = relationNow(seen, true);
    if (relation === 'hidden') throw imageHidden();
    if (relation === null) throw imageNotFound();
    const { owner, visibility, status } = seen.row;
    return { image_id: seen.row.id, owner, visibility, status, relation, deleted: isDeleted(status) };
  }
}
