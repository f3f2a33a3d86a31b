import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Builds the checks of gophercloud and returns the program's path; undefined, and said, where there is no Go. */
export async function gophercloud(say: (line: string) => void): Promise<string | undefined> {
  const source = join(import.meta.dirname, 'gophercloud');
  const program = join(import.meta.dirname, '../../.cache/gophercloud-checks');
  if (!(await works('go', ['version']))) {
    say('left out: gophercloud, because there is no Go here');
    return undefined;
  }
  say('building the checks of gophercloud');
  await run('go', ['build', '-o', program, '.'], {
    cwd: source,
    timeout: 600_000,
    env: { ...process.env, GOFLAGS: '-mod=readonly' },
  });
  return program;
}

const works = (program: string, args: readonly string[]): Promise<boolean> =>
  run(program, args).then(
    () => true,
    () => false,
  );
