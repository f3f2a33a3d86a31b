import type { DynamicModule } from '@nestjs/common';
import { VersionsController } from './versions/versions.http.js';

/** What the gateway answers itself. Everything else never comes as far as Nest. */
export class GatewayModule {
  static with(identity: DynamicModule): DynamicModule {
    return { module: GatewayModule, imports: [identity], controllers: [VersionsController] };
  }
}
