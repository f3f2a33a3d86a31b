import { withShownImages } from '@cloud-images/image-model';
import {
  loadConfig,
  ServiceOnBusConfig,
  withBlobStore,
  withQuotas,
  type LimitsOf,
  MigrationConfig,
} from '@cloud-images/service-kit';
import { IsBoolean, IsIn, IsInt, IsString, IsUrl, Max, Min } from 'class-validator';

const tebibyte = 1024 ** 4;

export class CatalogConfig extends withShownImages(withQuotas(withBlobStore(ServiceOnBusConfig))) {
  /** As the service's role, which may append to the log and not change it. */
  @IsString()
  databaseUrl!: string;

  /** Connections at most, beside one for the relay. */
  @IsInt()
  @Min(4)
  @Max(500)
  databasePoolSize: number = 16;

  /** Whose log has the events that are missing here. */
  @IsUrl({ require_tld: false, protocols: ['http'], require_protocol: true })
  membershipUrl!: string;

  /** An upload that was not renewed for so long has ended. */
  @IsInt()
  @Min(3)
  @Max(3_600)
  uploadLeaseSeconds: number = 60;

  /** How data comes into an image other than by an upload, as clients are told. */
  @IsIn(['glance-direct', 'web-download'], { each: true })
  importMethods: string[] = ['glance-direct', 'web-download'];

  /** Whether an import decompresses what is compressed with gzip, xz or zstd. */
  @IsBoolean()
  importDecompress: boolean = false;

  /** What an import makes of disks of other formats; empty: they stay as they are. */
  @IsIn(['', 'raw', 'qcow2'])
  importConvertTo: '' | 'raw' | 'qcow2' = '';

  /** How long data that was staged lies ready for its import. */
  @IsInt()
  @Min(3)
  @Max(31_536_000)
  stagingSeconds: number = 86_400;

  /** How long a deleted image can be restored; 0: not at all. */
  @IsInt()
  @Min(0)
  @Max(366 * 86_400)
  deleteDelaySeconds: number = 86_400;

  /** How long the data of an image that is gone for good stays, so that downloads which had begun can end. */
  @IsInt()
  @Min(0)
  @Max(7 * 86_400)
  purgeGraceSeconds: number = 900;

  @IsInt()
  @Min(1)
  @Max(64 * tebibyte)
  maxImageBytes: number = tebibyte;

  /** Data that is not of the image's `disk_format` is refused, or only recorded as what it is. What is dangerous is refused. */
  @IsIn(['refuse', 'record'])
  contentCheck: 'refuse' | 'record' = 'refuse';

  /** The largest disk that data may claim to be; one that claims more is dangerous. As much as a VHDX can be. */
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  maxVirtualBytes: number = 64 * tebibyte;

  /** `list`: `os_distro` is one of the known distributions; `any`: any text, as Glance has it. */
  @IsIn(['list', 'any'])
  osDistro: 'list' | 'any' = 'list';

  /** Whether images may have properties that the served schema does not name. */
  @IsBoolean()
  arbitraryProperties: boolean = true;

  /**
   * Within so many images of its limit the creators of a project take turns. More than the connections that all replicas
   * together have to the database.
   */
  @IsInt()
  @Min(1)
  quotaMargin: number = 2_000;

  /** What projects may have. */
  projectLimits(): LimitsOf {
    return this.limits(this.maxImageBytes);
  }
}

export const readConfig = (): Readonly<CatalogConfig> => loadConfig(CatalogConfig, process.env);

export const readMigrationConfig = (): Readonly<MigrationConfig> => loadConfig(MigrationConfig, process.env);
