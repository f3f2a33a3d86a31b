import type { DynamicModule } from '@nestjs/common';
import { ApiDocument } from './api-document/api-document.http.js';
import { ObjectStoreInfo } from './cloud-files/info.http.js';
import { EventDocument } from './event-document/event-document.http.js';
import { SERVICE_SCHEMAS, type ServiceSchemas } from './api-document/service-schemas.js';
import { VersionsController } from './versions/versions.http.js';

/** What the gateway answers itself. Everything else never comes as far as Nest. */
export class GatewayModule {
  static with(identity: DynamicModule, schemas: ServiceSchemas): DynamicModule {
    return {
      module: GatewayModule,
      imports: [identity],
      controllers: [VersionsController, ApiDocument, EventDocument, ObjectStoreInfo],
      providers: [{ provide: SERVICE_SCHEMAS, useValue: schemas }],
    };
  }
}
