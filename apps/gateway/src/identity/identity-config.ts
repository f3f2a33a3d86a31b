import { readFileSync } from 'node:fs';
import { ServiceConfig } from '@cloud-images/service-kit';
import { IsIn, IsInt, IsOptional, IsString, IsUrl, Max, Min, ValidateBy, ValidateIf } from 'class-validator';

export const identityKinds = ['file', 'keystone'] as const;
type Kind = (typeof identityKinds)[number];

/** Settings of a kind are looked at only where that kind was chosen. */
const Of = (...kinds: Kind[]) => ValidateIf(({ identityKind }: IdentityConfig) => kinds.includes(identityKind));

const webAddress = { require_tld: false, protocols: ['http', 'https'], require_protocol: true };

/** A file that is there, can be read and has something in it. */
const IsFile = () =>
  ValidateBy({
    name: 'isFile',
    validator: { validate: isReadable, defaultMessage: () => '$property must name a file that can be read' },
  });

function isReadable(path: unknown): boolean {
  try {
    return readFileSync(String(path)).length > 0;
  } catch {
    return false;
  }
}

/** Where the gateway's identities come from. */
export class IdentityConfig extends ServiceConfig {
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

  /** File with the secret from which the key of the tokens comes; at least 32 bytes. */
  @Of('file')
  @IsFile()
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
  @IsFile()
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
  @IsFile()
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
}
