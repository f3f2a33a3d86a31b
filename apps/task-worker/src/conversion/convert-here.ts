import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { commandOf, resultName, sourceName, type FileWork } from './file-work.js';
import { runLimited, type Limits } from './run-limited.js';

export interface FileConversion extends FileWork {
  /** Absolute; has the source, and gets the result. */
  readonly dir: string;
  readonly signal: AbortSignal;
}

/** Makes the result in a directory of the source there. Throws `TaskFailure` for what it can't make. */
export type ConvertFile = (conversion: FileConversion) => Promise<void>;

export interface ConvertHere extends Omit<Limits, 'signal' | 'cwd' | 'stdio'> {
  /** `qemu-img`. */
  readonly program: string;
}

/** By a program, as a process of this one under limits. */
export const convertHere =
  ({ program, maxBytes: most, ...limits }: ConvertHere): ConvertFile =>
  async ({ dir, signal, ...work }) => {
    const command = commandOf(work, dir, program);
    if (command === null) throw new Error(`nothing makes ${work.target} of ${work.format}`);
    const within = { ...limits, maxBytes: Math.min(most, work.maxBytes), signal, cwd: dir };
    if (!command.piped) return runLimited(command, within);
    const source = await open(join(dir, sourceName), 'r');
    try {
      const result = await open(join(dir, resultName), 'wx', 0o600);
      await runLimited(command, { ...within, stdio: [source.fd, result.fd] }).finally(() => result.close());
    } finally {
      await source.close();
    }
  };
