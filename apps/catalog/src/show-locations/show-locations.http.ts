import { Controller, Get, Inject, Param } from '@nestjs/common';
import { imageNotFound, isCloudService, Refusal, type BlobLocator } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { isDeleted } from '@cloud-images/image-model';
import { Caller, CONFIG, type CallerContext } from '@cloud-images/service-kit';
import type { CatalogConfig } from '../config.js';
import { readImage } from '../read-model/image-row.query.js';
import { READ_MODEL } from '../read-model/tokens.js';
import { locationOf } from './location-of.js';

/**
 * Where an image's data lies, for services of the same cloud that read the store themselves. They ask on behalf of users
 * whom they have checked, so that every image is theirs to look up; people never learn it (OSSN-0065).
 */
@Controller()
export class ShowLocations {
  constructor(
    @Inject(READ_MODEL) private readonly sql: SqlExecutor,
    @Inject(CONFIG) private readonly config: Pick<CatalogConfig, 'blobStore'>,
  ) {}

  @Get('v2/images/:id/locations')
  async show(@Caller() { identity }: CallerContext, @Param('id') id: string) {
    if (!isCloudService(identity)) {
      throw new Refusal('forbidden', 'You are not authorized to complete get_image_location action.');
    }
    const { row } = await readImage(this.sql, identity, id);
    if (isDeleted(row.status)) throw imageNotFound();
    if (row.status === 'deactivated') {
      throw new Refusal('image-deactivated', 'The image is deactivated; its data may not be read.');
    }
    const key = row.locator === null ? null : (JSON.parse(row.locator) as BlobLocator).key;
    return key === null ? [] : [{ url: locationOf(this.config.blobStore() as never, key), metadata: {} }];
  }
}
