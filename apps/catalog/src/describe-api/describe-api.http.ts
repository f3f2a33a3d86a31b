import { Controller, Get, Inject } from '@nestjs/common';
import { servicePolicy } from '@cloud-images/contracts';
import { dtoSchema, OnlyVia } from '@cloud-images/service-kit';
import { NewLocation } from '../new-location.js';
import { imageSchema, type SchemaOptions } from '../image/image-schema.js';
import { SCHEMA_OPTIONS } from '../read-model/tokens.js';
import { apiSchemas } from './api-schemas.js';

/** The schemas of what the catalog takes and gives, for the one document that the gateway serves of the whole API. */
@Controller()
export class DescribeApi {
  private readonly schemas: object;

  constructor(@Inject(SCHEMA_OPTIONS) options: SchemaOptions) {
    this.schemas = { ...apiSchemas(imageSchema(options)), NewLocation: dtoSchema(NewLocation) };
  }

  @Get('internal/api-schemas')
  @OnlyVia(...servicePolicy.describe_api)
  describe(): object {
    return this.schemas;
  }
}
