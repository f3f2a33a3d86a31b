import type { DynamicModule, ModuleMetadata } from '@nestjs/common';
import type { ServiceConfig } from '../config/service-config.js';
import { HealthChecks } from '../health/health-checks.js';
import { IdentitySigner } from '../identity/signer.js';
import type { Logger } from '../logging/logger.js';

/** Injection tokens of what has no class of its own; `IdentitySigner` and `HealthChecks` are injected by class. */
export const CONFIG = Symbol('configuration of the service');
export const LOGGER = Symbol('logger of the service');

class ServiceKitModule {}

export interface KitParts {
  readonly config: ServiceConfig;
  readonly log: Logger;
  readonly signer: IdentitySigner;
  readonly health: HealthChecks;
}

/** The service's module with what the kit provides to it. */
export function withKit(module: NonNullable<ModuleMetadata['imports']>[number], parts: KitParts): DynamicModule {
  const kit: DynamicModule = {
    module: ServiceKitModule,
    global: true,
    providers: [
      { provide: CONFIG, useValue: parts.config },
      { provide: LOGGER, useValue: parts.log },
      { provide: IdentitySigner, useValue: parts.signer },
      { provide: HealthChecks, useValue: parts.health },
    ],
    exports: [CONFIG, LOGGER, IdentitySigner, HealthChecks],
  };
  return { module: class RootModule {}, imports: [kit, module] };
}
