import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Verdict } from '../oracles.ts';

/** O3: every projection equals a fresh fold of the log, row for row (`npm run replay -- --verify`). */
export async function projectionsEqualTheLog(dataDir: string): Promise<Verdict> {
  const replay = join(import.meta.dirname, '../../../tools/replay.mjs');
  const { code, output } = await run(process.execPath, [replay, '--verify'], { CLOUD_IMAGES_DATA: dataDir });
  const rows = [...output.matchAll(/(\d+) rows?/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  return {
    oracle: 'O3 projections equal a fold of the log',
    checked: rows,
    violations: code === 0 ? [] : [`replay --verify ended with ${code}: ${output.slice(-800)}`],
  };
}

function run(command: string, args: string[], env: Record<string, string>) {
  return new Promise<{ code: number; output: string }>((resolve) => {
    execFile(
      command,
      args,
      { env: { ...process.env, ...env }, timeout: 300_000, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    );
  });
}
