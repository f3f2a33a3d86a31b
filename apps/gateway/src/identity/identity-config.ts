import { ServiceOnBusConfig } from '@cloud-images/service-kit';
import { ArrayNotEmpty, IsIn, IsInt, IsOptional, IsString, IsUrl, Max, Min, ValidateIf } from 'class-validator';
import { IsReadableFile } from '../readable-file.js';

export const identityKinds = ['file', 'keystone', 'oidc'] as const;
type Kind = (typeof identityKinds)[number];

const asymmetricAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Settings of a kind are looked at only where that kind was chosen. */
const Of = (...kinds: Kind[]) => ValidateIf(({ identityKind }: IdentityConfig) => kinds.includes(identityKind));

const webAddress = { require_tld: false, protocols: ['http', 'https'], require_protocol: true };

/** Where the gateway's identities come from. */
export class IdentityConfig extends ServiceOnBusConfig {
  @IsIn(identityKinds)
  identityKind: Kind = 'file';

  /** How long what is known of a token is believed at most: a revoked one is refused by then. */
  @IsInt()
  @Min(1)
  @Max(60)
  identityCacheSeconds: number = 60;

  /** The users file (YAML); read again when it changes. */
  @Of('file')
  @IsString()
  identity!: string;

  /** The address that others use, where it is not the one listened on: a container's port is published elsewhere. */
  @IsString()
  publishedHost: string = '';

  /** File with the secret from which the keys of tokens and pseudonyms come; at least 32 bytes. */
  @Of('file', 'oidc')
  @IsReadableFile()
  tokenSecretFile!: string;

  @Of('file')
  @IsInt()
  @Min(60)
  @Max(7 * 86_400)
  tokenLifetimeSeconds: number = 4 * 3_600;

  /** Where this service reaches Keystone, with or without `/v3`. */
  @Of('keystone')
  @IsUrl(webAddress)
  keystoneUrl!: string;

  /** Where clients reach it, when that is another address. */
  @Of('keystone')
  @IsOptional()
  @IsUrl(webAddress)
  keystonePublicUrl?: string;

  /** The user in whose name tokens are checked: it needs the role `service` or `admin` in its project. */
  @Of('keystone')
  @IsString()
  keystoneUsername!: string;

  @Of('keystone')
  @IsReadableFile()
  keystonePasswordFile!: string;

  @Of('keystone')
  @IsString()
  keystoneProject!: string;

  /** Domains by name. */
  @Of('keystone')
  @IsString()
  keystoneUserDomain: string = 'Default';

  @Of('keystone')
  @IsString()
  keystoneProjectDomain: string = 'Default';

  /** Certificates (PEM) to believe Keystone by, instead of the system's. */
  @Of('keystone')
  @IsOptional()
  @IsReadableFile()
  keystoneCaFile?: string;

  /** How long Keystone may take for one answer. */
  @Of('keystone')
  @IsInt()
  @Min(1)
  @Max(30)
  keystoneTimeoutSeconds: number = 5;

  /** Whose role names these are: Rackspace's `admin` and `observer` mean less than Keystone's. */
  @Of('keystone')
  @IsIn(['keystone', 'rackspace'])
  keystoneRoles: 'keystone' | 'rackspace' = 'keystone';

  /** `iss` of every token, character for character. */
  @Of('oidc')
  @IsUrl(webAddress)
  oidcIssuer!: string;

  /** One of these must be in `aud`. */
  @Of('oidc')
  @IsString({ each: true })
  @ArrayNotEmpty()
  oidcAudience!: string[];

  /** Where the issuer's keys are; by default what its discovery document says. */
  @Of('oidc')
  @IsOptional()
  @IsUrl(webAddress)
  oidcJwksUrl?: string;

  /** Only such as have a public key: with a shared secret, everyone who can check a token could make one. */
  @Of('oidc')
  @IsIn(asymmetricAlgorithms, { each: true, message: `$property may name only ${asymmetricAlgorithms.join(', ')}` })
  @ArrayNotEmpty()
  oidcAlgorithms: string[] = ['RS256', 'PS256', 'ES256', 'EdDSA'];

  @Of('oidc')
  @IsInt()
  @Min(0)
  @Max(60)
  oidcClockToleranceSeconds: number = 5;

  /** The claim with the project's id: a name, or a path with dots. */
  @Of('oidc')
  @IsString()
  oidcProjectClaim: string = 'project_id';

  /** The claim with the roles: a list, or words with blanks between them. */
  @Of('oidc')
  @IsString()
  oidcRolesClaim: string = 'roles';

  /** The role that makes an operator, who may do everything; by default no token of the issuer does. */
  @Of('oidc')
  @IsOptional()
  @IsString()
  oidcOperatorRole?: string;

  /** Certificates (PEM) to believe the issuer by, instead of the system's. */
  @Of('oidc')
  @IsOptional()
  @IsReadableFile()
  oidcCaFile?: string;
}
