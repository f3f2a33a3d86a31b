import type { DynamicModule } from '@nestjs/common';
import { KeystoneController } from './identity/keystone.http.js';
import { Login } from './identity/login.js';
import { Tokens } from './identity/tokens.js';
import { UsersDirectory } from './identity/users-directory.js';
import { VersionsController } from './versions/versions.http.js';

export interface GatewayParts {
  readonly tokens: Tokens;
  readonly users: UsersDirectory;
  readonly login: Login;
}

/** What the gateway answers itself. Everything else never comes as far as Nest. */
export class GatewayModule {
  static with(parts: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [VersionsController, KeystoneController],
      providers: [
        { provide: Tokens, useValue: parts.tokens },
        { provide: UsersDirectory, useValue: parts.users },
        { provide: Login, useValue: parts.login },
      ],
    };
  }
}
