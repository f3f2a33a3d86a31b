import { withShownImages } from '@cloud-images/image-model';
import { loadConfig, ServiceOnBusConfig, withBlobStore, MigrationConfig } from '@cloud-images/service-kit';
import { IsInt, IsString, IsUrl, Max, Min } from 'class-validator';

const innerService = { require_tld: false, protocols: ['http'], require_protocol: true };

export class AuditConfig extends withShownImages(withBlobStore(ServiceOnBusConfig)) {
  /** As the service's role, which may add to the ledger and not change it. */
  @IsString()
  databaseUrl!: string;

  @IsInt()
  @Min(4)
  @Max(500)
  databasePoolSize: number = 12;

  /** Whose logs have what the bus did not bring. */
  @IsUrl(innerService)
  catalogUrl!: string;

  @IsUrl(innerService)
  membershipUrl!: string;

  @IsUrl(innerService)
  taskWorkerUrl!: string;

  /** Its inner door, behind which its security log is. */
  @IsUrl(innerService)
  gatewayUrl!: string;

  /** Directory with `checkpoint-0001.pem` … (Ed25519): the last one signs. */
  @IsString()
  checkpointKeys!: string;

  /** A checkpoint is due when so much time has passed since the last one, */
  @IsInt()
  @Min(1)
  @Max(3_600)
  checkpointSeconds: number = 60;

  /** or when so many events were sealed since. */
  @IsInt()
  @Min(1)
  checkpointEvents: number = 10_000;

  /** Who follows a feed or takes an export, and reads nothing of what was sent for so long, is cut. */
  @IsInt()
  @Min(1)
  @Max(600)
  patienceSeconds: number = 10;

  @IsInt()
  @Min(1)
  @Max(25)
  feedHeartbeatSeconds: number = 10;

  /** A feed ends after so long, and its reader comes again with a token that is still good. */
  @IsInt()
  @Min(1)
  @Max(86_400)
  feedSeconds: number = 600;

  /** Readers of feeds at once. */
  @IsInt()
  @Min(1)
  feedMost: number = 1_000;
}

export const readConfig = (): Readonly<AuditConfig> => loadConfig(AuditConfig, process.env);

export const readMigrationConfig = (): Readonly<MigrationConfig> => loadConfig(MigrationConfig, process.env);
