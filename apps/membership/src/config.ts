import { loadConfig, ServiceOnBusConfig, withQuotas, MigrationConfig } from '@cloud-images/service-kit';
import { IsInt, IsString, IsUrl, Max, Min } from 'class-validator';

export class MembershipConfig extends withQuotas(ServiceOnBusConfig) {
  /** As the service's role, which may append to the log and not change it. */
  @IsString()
  databaseUrl!: string;

  /** Connections at most, beside one for the relay. */
  @IsInt()
  @Min(2)
  @Max(500)
  databasePoolSize: number = 10;

  /** Knows the images: who sees which, and must hear of their members. */
  @IsUrl({ require_tld: false, protocols: ['http'], require_protocol: true })
  catalogUrl!: string;
}

export const readConfig = (): Readonly<MembershipConfig> => loadConfig(MembershipConfig, process.env);

export const readMigrationConfig = (): Readonly<MigrationConfig> => loadConfig(MigrationConfig, process.env);
