import { loadConfig, ServiceConfig, withBlobStore } from '@cloud-images/service-kit';
import { IsIn, IsInt, IsNumber, IsString, IsUrl, Max, Min } from 'class-validator';

const innerService = { require_tld: false, protocols: ['http'], require_protocol: true };

export class GatewayConfig extends withBlobStore(ServiceConfig) {
  @IsUrl(innerService)
  catalogUrl!: string;

  @IsUrl(innerService)
  membershipUrl!: string;

  @IsIn(['file'])
  identityKind: string = 'file';

  /** How long what is known of a token is believed at most: a revoked one is refused by then. */
  @IsInt()
  @Min(1)
  @Max(60)
  identityCacheSeconds: number = 60;

  /** The users file (YAML); read again when it changes. */
  @IsString()
  identity!: string;

  /** File with the secret from which the key of the tokens comes; at least 32 bytes. */
  @IsString()
  tokenSecretFile!: string;

  @IsInt()
  @Min(60)
  @Max(7 * 86_400)
  tokenLifetimeSeconds: number = 4 * 3_600;

  /** Requests a second and project; 0 is no limit. */
  @IsNumber()
  @Min(0)
  rateLimitPerSecond: number = 0;

  /** How many requests a project may send at once after a pause; 0 is twice the rate. */
  @IsInt()
  @Min(0)
  rateLimitBurst: number = 0;

  /** Bytes of a JSON body: room for 128 properties of 70,000 characters. */
  @IsInt()
  @Min(1_024)
  @Max(15 * 1024 * 1024)
  maxBodyBytes: number = 12 * 1024 * 1024;

  /** Connections to each inner service. */
  @IsInt()
  @Min(1)
  @Max(4_096)
  innerConnections: number = 128;

  /** How long an inner service may take to begin its answer, and between two pieces of it. */
  @IsInt()
  @Min(1)
  @Max(600)
  innerTimeoutSeconds: number = 30;

  /** A client that takes or sends no more than `minBytesPerSecond` for so long is given up. */
  @IsInt()
  @Min(1)
  @Max(600)
  patienceSeconds: number = 60;

  @IsInt()
  @Min(1)
  minBytesPerSecond: number = 1_024;

  /** A download in flight asks the catalog again so often whether it may go on. */
  @IsInt()
  @Min(1)
  @Max(60)
  recheckSeconds: number = 30;
}

export const readConfig = (): Readonly<GatewayConfig> => loadConfig(GatewayConfig, process.env);
