import { Controller, Get } from '@nestjs/common';

/** By which methods data comes into an image other than by an upload: none so far, and clients then upload. */
const importMethods = {
  'import-methods': { description: 'Import methods available.', type: 'array', value: [] },
};

@Controller()
export class ShowImportInfo {
  @Get('v2/info/import')
  show() {
    return importMethods;
  }
}
