import { readFileSync } from 'node:fs';
import type { DynamicModule } from '@nestjs/common';
import { v3Of, type Logger } from '@cloud-images/service-kit';
import type { GatewayConfig } from '../config.js';
import { KeystoneController } from './embedded/keystone.http.js';
import { Login } from './embedded/login.js';
import { TokenSeal } from './embedded/token-seal.js';
import { Tokens } from './embedded/tokens.js';
import { UsersDirectory } from './embedded/users-directory.js';
import { V2Controller } from './embedded/v2.http.js';
import { ElsewhereController, TOKENS_COME_FROM } from './elsewhere.http.js';
import { KeystoneClient } from './keystone/keystone-client.js';
import { KeystoneSource } from './keystone/keystone-source.js';
import { IssuerKeys } from './oidc/issuer-keys.js';
import { OidcSource } from './oidc/oidc-source.js';
import { Subjects } from './oidc/subjects.js';
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
  switch (config.identityKind) {
    case 'file':
      return usersFile(config, log);
    case 'keystone':
      return keystone(config, log);
    case 'oidc':
      return oidc(config, log);
  }
}

function usersFile(config: GatewayConfig, log: Logger): OpenIdentity {
  const publicAddress = !isLoopback(config.publishedHost || config.listenHost);
  const users = new UsersDirectory({ path: config.identity, publicAddress, log });
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
    module: { module: IdentityModule, controllers: [KeystoneController, V2Controller], providers },
    onChange: (listener) => users.onChange(listener),
  };
}

function keystone(config: GatewayConfig, log: Logger): OpenIdentity {
  const { keystoneUrl: url, keystonePublicUrl: publicUrl = url } = config;
  const client = new KeystoneClient({
    url,
    username: config.keystoneUsername,
    password: secretIn(config.keystonePasswordFile),
    project: config.keystoneProject,
    userDomain: config.keystoneUserDomain,
    projectDomain: config.keystoneProjectDomain,
    ca: textIn(config.keystoneCaFile),
    timeoutMs: config.keystoneTimeoutSeconds * 1_000,
  });
  return elsewhere(new KeystoneSource({ client, publicUrl, roles: config.keystoneRoles, log }), v3Of(publicUrl));
}

function oidc(config: GatewayConfig, log: Logger): OpenIdentity {
  const { oidcIssuer: issuer, oidcJwksUrl: jwksUrl, publicUrl } = config;
  const source = new OidcSource({
    keys: new IssuerKeys({ issuer, jwksUrl, ca: textIn(config.oidcCaFile) }),
    subjects: new Subjects(readFileSync(config.tokenSecretFile), issuer),
    issuer,
    audience: config.oidcAudience,
    algorithms: config.oidcAlgorithms,
    clockToleranceSeconds: config.oidcClockToleranceSeconds,
    claims: { project: config.oidcProjectClaim, roles: config.oidcRolesClaim, operatorRole: config.oidcOperatorRole },
    publicUrl,
    log,
  });
  return elsewhere(source, issuer);
}

const elsewhere = (source: IdentitySource, place: string): OpenIdentity => ({
  source,
  module: {
    module: IdentityModule,
    controllers: [ElsewhereController],
    providers: [{ provide: TOKENS_COME_FROM, useValue: place }],
  },
  onChange: () => undefined,
});

const textIn = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : readFileSync(path, 'utf8');

/** Without the line break that an editor leaves at the end. */
const secretIn = (path: string): string => readFileSync(path, 'utf8').replace(/\r?\n$/, '');

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);
