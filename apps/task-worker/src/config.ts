import {
  loadConfig,
  logLevels,
  ServiceOnBusConfig,
  withBlobStore,
  type LogLevel,
  MigrationConfig,
} from '@cloud-images/service-kit';
import { IsIn, IsInt, IsNotEmpty, IsString, IsUrl, Max, Min } from 'class-validator';
import { withConversions } from './conversion/conversion-config.js';
import { subformats, type Subformat } from './conversion/converter.js';
import { withFetching } from './fetch-config.js';
import { withSwift } from './swift/swift-config.js';

const gibibyte = 1024 ** 3;

export class TaskWorkerConfig extends withSwift(withConversions(withFetching(withBlobStore(ServiceOnBusConfig)))) {
  /** As the service's role, which may append to the log and not change it. */
  @IsString()
  databaseUrl!: string;

  /** Connections at most, beside one for the relay and those of the queue. */
  @IsInt()
  @Min(2)
  @Max(500)
  databasePoolSize: number = 10;

  /** Knows the images: their records are made, read and changed there, as the one who asked. */
  @IsUrl({ require_tld: false, protocols: ['http'], require_protocol: true })
  catalogUrl!: string;

  /** An upload of an object that has not been heard of for so long is given up. */
  @IsInt()
  @Min(2)
  @Max(3_600)
  objectLeaseSeconds: number = 60;

  /** How long the data of an object that was removed or replaced stays, for downloads that have begun. */
  @IsInt()
  @Min(0)
  @Max(604_800)
  objectGraceSeconds: number = 900;

  /** The largest object of Cloud Files, bytes. */
  @IsInt()
  @Min(1)
  maxObjectBytes: number = 1024 ** 4;

  /** Between two looks through the whole store for files that nothing uses. */
  @IsInt()
  @Min(1)
  @Max(604_800)
  storeCheckSeconds: number = 86_400;

  /** Tasks that this process works on at once; 0: it answers calls and leaves the work to others. */
  @IsInt()
  @Min(0)
  @Max(64)
  taskConcurrency: number = 4;

  /** Tasks of one project that are worked on at once, by all workers together. */
  @IsInt()
  @Min(1)
  @Max(64)
  tasksPerProject: number = 2;

  /** Tasks of one project that are pending or processing; more are refused. */
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  mostTasksPerProject: number = 1_000;

  /** A worker that has not been heard of for so long is taken for dead, and its task begun again by another. */
  @IsInt()
  @Min(2)
  @Max(600)
  taskLeaseSeconds: number = 10;

  /** How often a task is begun before it is given up, because the worker died each time. */
  @IsInt()
  @Min(1)
  @Max(1_000)
  mostTaskRuns: number = 20;

  /** How long a task is shown after its end. */
  @IsInt()
  @Min(1)
  @Max(31_536_000)
  taskExpirySeconds: number = 172_800;

  /** Between two looks for tasks whose time is over. */
  @IsInt()
  @Min(1)
  @Max(86_400)
  choreSeconds: number = 60;

  /** Between two rounds of what the catalog does without being asked: leases that ran out, purges, ends of life, unused data. */
  @IsInt()
  @Min(1)
  @Max(3_600)
  reaperIntervalSeconds: number = 30;

  /** Between two comparisons of all the data of images with the catalog's log. */
  @IsInt()
  @Min(1)
  @Max(604_800)
  imageStoreCheckSeconds: number = 3_600;

  /** The largest disk that a VHD to import may be of, bytes. */
  @IsInt()
  @Min(512)
  importMaxVirtualBytes: number = 40 * gibibyte;

  /** The largest VHD file that is imported, bytes. */
  @IsInt()
  @Min(512)
  importMaxBytes: number = 40 * gibibyte;

  /** Compressed data that becomes more than so many times as large is not decompressed. */
  @IsInt()
  @Min(2)
  @Max(1_000_000)
  decompressionMaxRatio: number = 100;

  /** Where the converter listens that runs apart (a Unix socket); empty: conversions run here, under the same limits. */
  @IsString()
  converterSocket: string = '';

  /** What exported VHDs are that had to be converted. */
  @IsIn(subformats)
  exportSubformat: Subformat = 'dynamic';
}

export const readConfig = (): Readonly<TaskWorkerConfig> => loadConfig(TaskWorkerConfig, process.env);

/** What the converter needs that runs apart. */
export class ConverterConfig extends withConversions(class {}) {
  @IsIn(logLevels)
  logLevel: LogLevel = 'info';

  /** Where it listens. */
  @IsString()
  @IsNotEmpty()
  converterSocket!: string;
}

export const readConverterConfig = (): Readonly<ConverterConfig> => loadConfig(ConverterConfig, process.env);

export const readMigrationConfig = (): Readonly<MigrationConfig> => loadConfig(MigrationConfig, process.env);
