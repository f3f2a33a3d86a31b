import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { untilInterrupted } from './interrupt.ts';

export interface BaselineProcess {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts one of `baselines/`, which says its port in its first line. */
export async function startBaseline(name: string, args: readonly string[]): Promise<BaselineProcess> {
  const file = join(import.meta.dirname, 'baselines', `${name}.ts`);
  const child: ChildProcess = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const [line] = await Promise.race([
    once(createInterface(child.stdout!), 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`baseline ${name} ended with ${code}`))),
  ]);
  return untilInterrupted({
    pid: child.pid!,
    url: `http://127.0.0.1:${line}`,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  });
}
