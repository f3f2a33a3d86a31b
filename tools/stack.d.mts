export type ServiceName = 'catalog' | 'membership' | 'task-worker' | 'audit' | 'gateway';
export type ProcessName = ServiceName | 'postgres';
export type DatabaseName = 'catalog' | 'membership' | 'tasks' | 'audit' | 'gateway' | 'bus';

export interface StackOptions {
  readonly dataDir: string;
  readonly host?: string;
  /** 0 (default): a free one. */
  readonly port?: number;
  readonly publicUrl?: string | undefined;
  readonly identityFile?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly envOf?: Partial<Record<ServiceName, Readonly<Record<string, string>>>>;
  readonly autoRestart?: boolean;
  readonly postgres?: Readonly<Record<string, string | number>>;
  readonly log?: (line: string) => void;
  readonly onGiveUp?: (name: ProcessName) => void;
  readonly signal?: AbortSignal;
}

export interface Stack {
  readonly url: string;
  readonly dataDir: string;
  readonly identityFile: string;
  readonly ports: Readonly<Record<ServiceName, number>>;
  /** Of the gateway's inner door. */
  readonly innerPort: number;
  readonly pids: Readonly<Partial<Record<ProcessName, number>>>;
  /** URLs for the services' own roles. */
  readonly databases: Readonly<Record<DatabaseName, string>>;
  /** URLs for the owners' roles. */
  readonly owners: Readonly<Record<DatabaseName, string>>;
  readonly superuser: string;
  readonly postgres: {
    readonly port: number;
    readonly running: boolean;
    readonly pid: number | undefined;
    start(): Promise<void>;
    kill(): Promise<void>;
    stop(graceMs?: number): Promise<void>;
  };
  kill(name: ProcessName, signal?: NodeJS.Signals): Promise<void>;
  restart(name: ProcessName): Promise<void>;
  waitReady(timeoutMs?: number, name?: ServiceName): Promise<void>;
  stop(): Promise<void>;
  stopNow(): Promise<void>;
}

export function startStack(options: StackOptions): Promise<Stack>;
