import { Controller, Get, Header, Inject } from '@nestjs/common';
import { imageSchema, imagesSchema, type SchemaOptions } from '../image/image-schema.js';
import { SCHEMA_OPTIONS } from '../read-model/tokens.js';

/** Clients fetch the schema before they create: what it says is what images are validated by. */
@Controller()
export class ShowSchema {
  private readonly image: string;
  private readonly images: string;

  constructor(@Inject(SCHEMA_OPTIONS) options: SchemaOptions) {
    this.image = JSON.stringify(imageSchema(options));
    this.images = JSON.stringify(imagesSchema(options));
  }

  @Get('v2/schemas/image')
  @Header('content-type', 'application/json')
  ofImage(): string {
    return this.image;
  }

  @Get('v2/schemas/images')
  @Header('content-type', 'application/json')
  ofImages(): string {
    return this.images;
  }
}
