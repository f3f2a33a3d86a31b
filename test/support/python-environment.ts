import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(import.meta.dirname, '..', '..', '.cache');

/** Where the programs of a virtual environment are. */
export const programsOf = (environment: string): string => join(cache, environment, 'bin');

/** Makes a virtual environment in `.cache` with what a requirements.txt names, unless these versions are there. */
export async function installPython(
  environment: string,
  requirements: string,
  say: (line: string) => void,
): Promise<void> {
  const directory = join(cache, environment);
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const stamp = join(directory, 'installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say(`installing ${basename(environment)} in a virtual environment`);
  rmSync(directory, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', directory]);
  await run(join(directory, 'bin', 'pip'), ['install', '--quiet', '--requirement', requirements]);
  writeFileSync(stamp, wanted);
}
