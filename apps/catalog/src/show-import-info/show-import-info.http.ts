import { Controller, Get, Inject } from '@nestjs/common';
import { CONFIG } from '@cloud-images/service-kit';
import type { CatalogConfig } from '../config.js';

/** By which methods data comes into an image other than by an upload. */
@Controller()
export class ShowImportInfo {
  constructor(@Inject(CONFIG) private readonly config: Pick<CatalogConfig, 'importMethods'>) {}

  @Get('v2/info/import')
  show() {
    const value = this.config.importMethods;
    return { 'import-methods': { description: 'Import methods available.', type: 'array', value } };
  }
}
