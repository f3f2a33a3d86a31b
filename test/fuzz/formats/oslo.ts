import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { installPython, programsOf } from '../../support/python-environment.ts';

/** What Glance says of content, by oslo.utils. */
export interface OsloVerdict {
  readonly formats: readonly string[];
  readonly accepted: boolean;
  readonly virtual_size: number | null;
  /** `accepted`, `mismatch`, the safety checks that failed, or the name of the error. */
  readonly why: string;
}

const environment = 'oslo-utils';
const patienceMs = 60_000;

export interface Oslo {
  ask(diskFormat: string, content: Buffer): Promise<OsloVerdict>;
  stop(): Promise<void>;
}

export async function startOslo(say: (line: string) => void): Promise<Oslo> {
  await installPython(environment, join(import.meta.dirname, 'requirements.txt'), say);
  const program = spawn(join(programsOf(environment), 'python'), [join(import.meta.dirname, 'oslo_verdicts.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(program, 'close');
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  program.stdin.on('error', () => undefined);
  const late = async () => {
    await sleep(patienceMs, undefined, { ref: false });
    throw new Error('oslo.utils gave no verdict for a minute');
  };
  return {
    ask: async (diskFormat, content) => {
      const head = Buffer.alloc(4 + diskFormat.length + 8);
      head.writeUInt32LE(diskFormat.length);
      head.write(diskFormat, 4);
      head.writeBigUInt64LE(BigInt(content.length), 4 + diskFormat.length);
      program.stdin.write(head);
      program.stdin.write(content);
      const line = await Promise.race([lines.next(), late()]);
      if (line.done) throw new Error('the program that asks oslo.utils ended');
      return JSON.parse(line.value) as OsloVerdict;
    },
    stop: async () => {
      program.stdin.end();
      await ended;
    },
  };
}
