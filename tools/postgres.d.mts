export interface PostgresServer {
  readonly pid: number;
  stop(graceMs?: number): Promise<void>;
  kill(): Promise<void>;
}

export function ensureCluster(dir: string, password: string): Promise<void>;
export function startPostgres(options: {
  dir: string;
  port: number;
  logFile: string;
  host?: string;
  settings?: Readonly<Record<string, string | number>>;
  timeoutMs?: number;
}): Promise<PostgresServer>;
