import { IsBoolean, IsIn, IsInt, IsString, IsUrl, Matches, Max, Min } from 'class-validator';
import { IsCrashPoint, noCrashPoint } from '../faults/arm-crash-point.js';
import { TracingConfig } from './tracing-config.js';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What every service needs to know; an app's own configuration class extends it. */
export class ServiceConfig extends TracingConfig {
  @IsString()
  listenHost: string = '127.0.0.1';

  /** 0 takes a free port; the ready line says which. */
  @IsInt()
  @Min(0)
  @Max(65535)
  listenPort!: number;

  @IsIn(logLevels)
  logLevel: LogLevel = 'info';

  /** File with this service's own Ed25519 private key, PEM. */
  @IsString()
  serviceKey!: string;

  /** Directory with `<service>.pem`, the public keys of those who may sign identities. */
  @IsString()
  servicePublicKeys!: string;

  /** Where clients reach the gateway: what Location headers and the service catalog say. */
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  @Matches(/[^/]$/, { message: 'publicUrl must not end in a slash' })
  publicUrl!: string;

  /** How long a stop waits for requests in flight, seconds. */
  @IsInt()
  @Min(0)
  @Max(3600)
  shutdownSeconds: number = 20;

  /** `/metrics` listens here and nowhere else; 0: not at all. */
  @IsInt()
  @Min(0)
  @Max(65535)
  metricsPort: number = 0;

  @IsString()
  metricsHost: string = '127.0.0.1';

  /** For tests: where this process kills itself, see `crash-points.ts`. */
  @IsCrashPoint()
  crashPoint: string = noCrashPoint;

  /** Also where `publicUrl` is not this machine's own address. */
  @IsBoolean()
  allowCrashPoints: boolean = false;
}
