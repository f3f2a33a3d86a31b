import { Controller, Get, Header, Inject } from '@nestjs/common';
import { Anonymous, CONFIG } from '@cloud-images/service-kit';
import type { GatewayConfig } from '../config.js';
import { routes, servedRoutes } from '../edge/routes.js';
import { buildDocument } from './build-document.js';
import { docsPage } from './docs-page.js';
import { SERVICE_SCHEMAS, type ServiceSchemas } from './service-schemas.js';

@Controller()
export class ApiDocument {
  constructor(
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(SERVICE_SCHEMAS) private readonly schemas: ServiceSchemas,
  ) {
    // A route that nobody described is found at the start and not by the first reader.
    buildDocument(routes, {}, config.publicUrl);
  }

  @Anonymous()
  @Get('openapi.json')
  async document(): Promise<object> {
    return buildDocument(routes, await this.schemas.all(), this.config.publicUrl, servedRoutes(this.config));
  }

  /** Nothing of the page comes from elsewhere, and nothing of what it is told goes elsewhere. */
  @Anonymous()
  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', docsPage.policy)
  @Header('x-content-type-options', 'nosniff')
  page(): string {
    return docsPage.html;
  }
}
