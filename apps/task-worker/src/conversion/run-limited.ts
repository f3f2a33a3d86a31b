import { spawn } from 'node:child_process';
import { TaskFailure } from '../task/runner.js';
import type { Command } from './file-work.js';

export interface Limits {
  /** Of each file that it writes. */
  readonly maxBytes: number;
  readonly memoryBytes: number;
  /** Of CPU, and twice as much of the clock. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly cwd: string;
  /** Its standard input and output, as file descriptors; left out: none. */
  readonly stdio?: readonly [number, number];
}

const mostSaid = 8_192;
/** The shell says so of a program that it can't find, and of one that it can't run. */
const notFound = 127;
const notRunnable = 126;

/** Nothing of our own environment is told; a program elsewhere is named by its path. */
const searched = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';

/** The shell's own limits, in kilobytes and blocks of 512 bytes; then it becomes the program: nothing stands in between. */
const limited = 'ulimit -c 0 && ulimit -v "$1" && ulimit -f "$2" && ulimit -t "$3" && shift 3 && exec "$@"';

/**
 * Runs a program that reads what people sent: with an empty environment, its arguments as they are, and limits that the
 * system keeps. It is killed when `signal` is aborted. Throws `TaskFailure` when it is missing or did not end well.
 */
export function runLimited(command: Command, limits: Limits): Promise<void> {
  const { program, args } = command;
  const { maxBytes, memoryBytes, seconds, signal, cwd } = limits;
  const [input, output] = limits.stdio ?? (['ignore', 'ignore'] as const);
  const numbers = [Math.ceil(memoryBytes / 1024), Math.ceil(maxBytes / 512) + 8192, seconds].map(String);
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', limited, 'sh', ...numbers, program, ...args], {
      ...{ cwd, signal, killSignal: 'SIGKILL', timeout: 2_000 * seconds },
      stdio: [input, output, 'pipe'],
      env: { PATH: searched, LC_ALL: 'C', HOME: cwd, TMPDIR: cwd },
    });
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, mostSaid)));
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      if (code === 0) resolve();
      else if (signal.aborted) reject(signal.reason as Error);
      else reject(failure(command, code, killedBy, said, cwd));
    });
  });
}

function failure(
  { program, doing, by }: Command,
  code: number | null,
  killedBy: NodeJS.Signals | null,
  said: string,
  cwd: string,
): TaskFailure {
  if (code === notFound || code === notRunnable) {
    return new TaskFailure(
      `The image can not be ${doing} here: ${program} is missing. Its operator can install it (package ${by}).`,
    );
  }
  if (killedBy !== null) return new TaskFailure(`The image can not be ${doing}: it went over its limits.`);
  // What it says names our own files.
  const why = said.trim().replaceAll(`${cwd}/`, '').slice(0, 500);
  return new TaskFailure(`The image can not be ${doing}: ${why}`);
}
