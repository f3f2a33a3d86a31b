import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BaseImage } from './base-images.ts';
import type { Hunted, Share } from './hunter.ts';

const workers = 2;
const patienceMs = 5_000;

/** No mutant may make an examination fail, or take longer than five seconds. */
export async function hunt(bases: readonly BaseImage[], mutants: number, seed: number): Promise<Hunted> {
  const shares = Array.from({ length: workers }, (_, first) => share(bases, mutants, seed, first));
  const results = await Promise.all(shares);
  const counts: Record<string, number> = {};
  for (const one of results) {
    for (const [key, count] of Object.entries(one.counts)) counts[key] = (counts[key] ?? 0) + count;
  }
  return {
    counts,
    slowest: Math.max(...results.map(({ slowest }) => slowest)),
    failures: results.flatMap(({ failures }) => failures),
  };
}

async function share(bases: readonly BaseImage[], mutants: number, seed: number, first: number): Promise<Hunted> {
  const now = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
  const workerData: Share = { bases, seed, first, step: workers, end: mutants, now };
  const worker = new Worker(join(import.meta.dirname, 'hunter.ts'), { workerData });
  let [before, since] = [-1, performance.now()];
  const watch = setInterval(() => {
    const at = Atomics.load(now, 0);
    if (at !== before || at === -1) [before, since] = [at, performance.now()];
    else if (performance.now() - since > patienceMs) worker.emit('error', new Error(`mutant ${at} took over 5 s`));
  }, 250);
  try {
    const [hunted] = (await once(worker, 'message')) as [Hunted];
    return hunted;
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}
