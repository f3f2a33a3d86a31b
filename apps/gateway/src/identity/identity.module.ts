import { readFileSync } from 'node:fs';
import type { DynamicModule } from '@nestjs/common';
import type { Logger } from '@cloud-images/service-kit';
import type { GatewayConfig } from '../config.js';
import { KeystoneController } from './embedded/keystone.http.js';
import { Login } from './embedded/login.js';
import { TokenSeal } from './embedded/token-seal.js';
import { Tokens } from './embedded/tokens.js';
import { UsersDirectory } from './embedded/users-directory.js';
import type { IdentitySource } from './port.js';

export interface OpenIdentity {
  readonly source: IdentitySource;
  /** What of `/identity` the gateway answers itself. */
  readonly module: DynamicModule;
  /** Calls back when what was said of tokens may be true no more. */
  onChange(listener: () => void): void;
}

class IdentityModule {}

/** The source of identity that the configuration names. */
export function openIdentity(config: GatewayConfig, log: Logger): OpenIdentity {
  return usersFile(config, log);
}

function usersFile(config: GatewayConfig, log: Logger): OpenIdentity {
  const users = new UsersDirectory({ path: config.identity, publicAddress: !isLoopback(config.listenHost), log });
  const seal = new TokenSeal(readFileSync(config.tokenSecretFile));
  const { publicUrl, tokenLifetimeSeconds: lifetimeSeconds } = config;
  const tokens = new Tokens({ seal, users, lifetimeSeconds, publicUrl });
  const providers = [
    { provide: Tokens, useValue: tokens },
    { provide: UsersDirectory, useValue: users },
    { provide: Login, useValue: new Login(users) },
  ];
  return {
    source: tokens,
    module: { module: IdentityModule, controllers: [KeystoneController], providers },
    onChange: (listener) => users.onChange(listener),
  };
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);
