import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { programsOf } from '../support/python-environment.ts';

export interface Round {
  readonly url: string;
  readonly token: string;
  readonly seed: number;
  /** Cases of each operation. */
  readonly examples: number;
  readonly directory: string;
}

const LONGEST_MS = 900_000;

/**
 * One run of schemathesis: how many cases it made, and what it found, each failure as it tells it. In one thread: CPython
 * 3.11 loses count of its recursion when several parse at once.
 */
export async function runRound({ url, token, seed, examples, directory }: Round) {
  const settings = join(import.meta.dirname, 'schemathesis.toml');
  const words = ['--config-file', settings, 'run', `${url}/openapi.json`, '--seed', String(seed)];
  const more = ['--max-examples', String(examples), '--workers', '1', '--continue-on-failure', '--warnings', 'off'];
  const phases = ['--phases', 'examples,coverage,fuzzing,stateful', '--request-timeout', '30', '--no-color'];
  const child = spawn(
    join(programsOf('schemathesis'), 'schemathesis'),
    [...words, ...more, ...phases, '--header', `X-Auth-Token: ${token}`],
    {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_MS,
      env: { ...process.env, SCHEMATHESIS_HOOKS: join(import.meta.dirname, 'hooks.py'), PYTHONDONTWRITEBYTECODE: '1' },
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  const cases = Number(/(\d[\d,]*) generated/.exec(said)?.[1]?.replaceAll(',', '') ?? 0);
  const failures = failuresIn(said).map((text) => text.replaceAll(token, '<token>'));
  if (code !== 0 && failures.length === 0) throw new Error(`schemathesis ended with ${code}:\n${said.slice(-4_000)}`);
  return { cases, failures };
}

/** The parts between its headings, one a failing operation or sequence. */
function failuresIn(said: string): string[] {
  const report = /=+ (?:FAILURES|ERRORS) =+\n([\s\S]*?)\n=+ SUMMARY/.exec(said)?.[1];
  if (report === undefined) return [];
  return report.split(/\n(?=_{3,} .* _{3,}\n)/).map((part) => part.slice(0, 4_000));
}
