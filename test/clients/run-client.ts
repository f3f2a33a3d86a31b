import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Setting {
  readonly url: string;
  /** Path of the clouds.yaml. */
  readonly clouds: string;
  readonly unset: 'omit' | 'null';
  /** A directory for what a client keeps for itself. */
  readonly home: string;
}

/** One line that a client's program prints for each of its checks. */
export interface Checked {
  readonly what: string;
  readonly problem: string | null;
}

const LONGEST_MS = 400_000;
const MOST_SAID = 20_000;

/** Runs a client's program and yields its checks as they end; throws when it ends otherwise than well. */
export async function* linesOf(program: string, args: readonly string[], setting: Setting): AsyncGenerator<Checked> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('OS_'));
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
    env: {
      ...Object.fromEntries(kept),
      HOME: setting.home,
      OS_CLIENT_CONFIG_FILE: setting.clouds,
      CLIENTS_URL: setting.url,
      CLIENTS_UNSET: setting.unset,
      PYTHONWARNINGS: 'ignore',
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_SAID);
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) yield JSON.parse(line) as Checked;
  }
  const [code, signal] = await ended;
  if (code !== 0) throw new Error(`${program} ended with ${signal ?? code}:\n${said.slice(-2_000)}`);
}
