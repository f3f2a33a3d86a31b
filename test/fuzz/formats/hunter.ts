// A worker: examines its share of the mutants and says how far it is, so that one that hangs is seen from outside.
import { parentPort, workerData } from 'node:worker_threads';
import { isDeepStrictEqual } from 'node:util';
import type { BaseImage } from './base-images.ts';
import { examine } from './examine.ts';
import { mutantOf } from './mutants.ts';

export interface Share {
  readonly bases: readonly BaseImage[];
  readonly seed: number;
  readonly first: number;
  readonly step: number;
  readonly end: number;
  /** The number of the mutant under examination; −1 between two. */
  readonly now: Int32Array;
}

export interface Hunted {
  readonly counts: Record<string, number>;
  readonly slowest: number;
  readonly failures: readonly string[];
}

const { bases: sent, seed, first, step, end, now } = workerData as Share;
const bases = sent.map((base) => ({ ...base, bytes: Buffer.from(base.bytes) }));
const counts: Record<string, number> = {};
const failures: string[] = [];
let slowest = 0;
for (let nth = first; nth < end; nth += step) {
  const { base, content, how } = mutantOf(bases, seed, nth);
  Atomics.store(now, 0, nth);
  try {
    const whole = examine(content, base.diskFormat);
    slowest = Math.max(slowest, whole.took);
    const key = `${base.diskFormat} ${whole.verdict.kind}`;
    counts[key] = (counts[key] ?? 0) + 1;
    if (nth % 10 === 0) {
      const cut = examine(content, base.diskFormat, 1 + (nth % 9973));
      if (!isDeepStrictEqual(cut.inspection, whole.inspection)) throw new Error('the verdict depends on how it is cut');
    }
  } catch (error) {
    failures.push(`mutant ${nth} of ${base.name} (${how.join(', ')}): ${(error as Error).stack}`);
    if (failures.length >= 20) break;
  }
  Atomics.store(now, 0, -1);
}
parentPort!.postMessage({ counts, slowest, failures } satisfies Hunted);
