// How fast a read model comes back from its log while the service runs: `npm run replay` on a log that was filled with
// the lives of so many images, and compared row by row in each round.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { appendLives } from './lives.ts';
import { untilQuiet } from './process-cost.ts';
import { median } from './statistics.ts';
import { startSubject, type Subject } from './subject.ts';
import type { Row } from './table.ts';

export interface RebuildDose {
  readonly rounds: number;
  /** Five events each: made, begun to upload, active, named, tagged. */
  readonly images: number;
}

const atLeast = 20_000;
const program = join(import.meta.dirname, '../../tools/replay.mjs');

export async function benchRebuild(dose: RebuildDose, say: (line: string) => void): Promise<Row[]> {
  const subject = await startSubject();
  try {
    say(`appending the lives of ${dose.images} images`);
    await appendLives(subject, dose.images);
    // The log alone was filled: the first rebuild makes the rows that the following ones find equal.
    await replay(subject, 1);
    // Who follows the log has a hundred thousand events to take, on the same cores.
    await untilQuiet(subject.pids(true), 120);
    const told: Told[] = [];
    for (let round = 0; round < dose.rounds; round += 1) {
      told.push(await replay(subject, 0));
      say(`rebuild: ${told.at(-1)?.perSecond} events/s`);
    }
    const perSecond = median(told.map((one) => one.perSecond));
    const pausedMs = Math.max(...told.map((one) => one.pausedMs));
    const events = told[0]?.events ?? 0;
    return [
      {
        what: `rebuild of ${events} events, equal row by row`,
        ours: `${perSecond.toFixed(0)} events/s`,
        bare: '',
        figure: perSecond,
        bar: { atLeast },
        unit: ' events/s',
      },
      {
        what: 'commands wait for its swap at most',
        ours: `${pausedMs} ms`,
        bare: '',
        figure: pausedMs,
        bar: { atMost: 100 },
        unit: ' ms',
      },
    ];
  } finally {
    await subject.stop();
  }
}

interface Told {
  readonly events: number;
  readonly perSecond: number;
  readonly pausedMs: number;
}

function replay({ stack }: Subject, expectedCode: number): Promise<Told> {
  const env = { ...process.env, CLOUD_IMAGES_DATA: stack.dataDir };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program], { env, timeout: 600_000 }, (error, stdout, stderr) => {
      const code = error ? Number(error.code) : 0;
      const folded = /folded (\d+) events.*\((\d+)\/s\)/.exec(stdout);
      const waited = /commands waited (\d+) ms/.exec(stdout);
      if (code !== expectedCode || !folded || !waited) return reject(new Error(`replay: ${code}\n${stdout}${stderr}`));
      resolve({ events: Number(folded[1]), perSecond: Number(folded[2]), pausedMs: Number(waited[1]) });
    });
  });
}
