import { Controller, Get } from '@nestjs/common';
import { servicePolicy } from '@cloud-images/contracts';
import { OnlyVia } from '@cloud-images/service-kit';
import { apiSchemas } from './api-schemas.js';

/** The schemas of what audit gives, for the one document that the gateway serves of the whole API. */
@Controller()
export class DescribeApi {
  @Get('internal/api-schemas')
  @OnlyVia(...servicePolicy.describe_api)
  describe(): object {
    return apiSchemas;
  }
}
