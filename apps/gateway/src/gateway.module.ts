import type { DynamicModule } from '@nestjs/common';
import { ReadRequestContexts, REQUEST_CONTEXTS } from '@cloud-images/service-kit';
import { ApiDocument } from './api-document/api-document.http.js';
import { SERVICE_SCHEMAS, type ServiceSchemas } from './api-document/service-schemas.js';
import { ObjectStoreInfo } from './cloud-files/info.http.js';
import { ErasePersonEverywhere } from './erase-person/erase-person.http.js';
import { Erasures } from './erase-person/erasures.js';
import { EventDocument } from './event-document/event-document.http.js';
import type { SecurityStore } from './security/security-store.js';
import { LOG_READER, ReadSecurityLog } from './security/read-log.http.js';
import { VersionsController } from './versions/versions.http.js';

export interface GatewayParts {
  readonly identity: DynamicModule;
  readonly schemas: ServiceSchemas;
  readonly securityStore: SecurityStore;
  readonly erasures: Erasures;
}

/** What the gateway answers itself. Everything else never comes as far as Nest. */
export class GatewayModule {
  static with({ identity, schemas, securityStore, erasures }: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      imports: [identity],
      controllers: [
        ...[VersionsController, ApiDocument, EventDocument, ObjectStoreInfo],
        ...[ErasePersonEverywhere, ReadSecurityLog, ReadRequestContexts],
      ],
      providers: [
        { provide: SERVICE_SCHEMAS, useValue: schemas },
        { provide: Erasures, useValue: erasures },
        { provide: LOG_READER, useValue: securityStore.readLog },
        { provide: REQUEST_CONTEXTS, useValue: securityStore.readContexts },
      ],
    };
  }
}
