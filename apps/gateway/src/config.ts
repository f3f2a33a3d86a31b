import { loadConfig, withBlobStore, MigrationConfig } from '@cloud-images/service-kit';
import { IsInt, IsNumber, IsOptional, IsString, IsUrl, Matches, Max, Min, ValidateIf } from 'class-validator';
import { IdentityConfig } from './identity/identity-config.js';
import { IsReadableFile } from './readable-file.js';

const innerService = { require_tld: false, protocols: ['http'], require_protocol: true };

/** One without the other is of no use. */
const WithTls = () =>
  ValidateIf(({ tlsCertFile, tlsKeyFile }: GatewayConfig) => tlsCertFile !== undefined || tlsKeyFile !== undefined);

export class GatewayConfig extends withBlobStore(IdentityConfig) {
  @IsUrl(innerService)
  catalogUrl!: string;

  @IsUrl(innerService)
  membershipUrl!: string;

  @IsUrl(innerService)
  taskWorkerUrl!: string;

  /** Its being away takes the history away, and nothing else. */
  @IsUrl(innerService)
  auditUrl!: string;

  /** Of the security log, as the service's role, which may append and not change. Its being away stops no request. */
  @IsString()
  databaseUrl!: string;

  @IsInt()
  @Min(2)
  @Max(100)
  databasePoolSize: number = 4;

  /** Where our own services ask for the security log; 0 takes a free port. Never published. */
  @IsInt()
  @Min(0)
  @Max(65_535)
  innerPort!: number;

  @IsString()
  innerHost: string = '127.0.0.1';

  /** How long what clients do again and again is gathered into one security event. */
  @IsInt()
  @Min(1)
  @Max(3_600)
  securityWindowSeconds: number = 60;

  /** Security events that are written at most; what is beyond gathers. */
  @IsInt()
  @Min(1)
  @Max(1_000)
  securityEventsPerSecond: number = 20;

  /**
   * Where clients reach the Swift that tasks use in place of Cloud Files of our own, up to its version: then none are
   * served here, and the service catalog of the users file names it.
   */
  @IsOptional()
  @Matches(/^https?:\/\/[^/?#@\s]+(?:\/[^?#@\s]+)?\/v1$/, {
    message: '$property must be http:// or https://, a host, and a path that ends in /v1',
  })
  swiftPublicUrl?: string;

  /** The certificate with its chain (PEM): with it the gateway serves TLS, and nothing else. Read again when it changes. */
  @WithTls()
  @IsReadableFile()
  tlsCertFile?: string;

  @WithTls()
  @IsReadableFile()
  tlsKeyFile?: string;

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

  /** Beyond those, to audit: each reader of a live feed holds one. */
  @IsInt()
  @Min(1)
  @Max(16_384)
  feedConnections: number = 1_000;

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

export const readMigrationConfig = (): Readonly<MigrationConfig> => loadConfig(MigrationConfig, process.env);

export const readConfig = (): Readonly<GatewayConfig> => loadConfig(GatewayConfig, process.env);
