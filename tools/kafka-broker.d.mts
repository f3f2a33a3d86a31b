export interface KafkaBroker {
  /** `host:port`. */
  readonly address: string;
  stop(): Promise<unknown>;
  kill(): Promise<unknown>;
  start(): Promise<void>;
  pause(): Promise<unknown>;
  unpause(): Promise<unknown>;
  remove(): Promise<unknown>;
}

export function whyNoBroker(say?: (line: string) => void): Promise<string | undefined>;
export function startKafkaBroker(): Promise<KafkaBroker>;
