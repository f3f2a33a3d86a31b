// What processes cost, as /proc counts it.
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** CPU seconds of these processes and of all their children, also of those that ended meanwhile. */
export function cpuSeconds(pids: readonly number[]): number {
  const wanted = new Set(pids);
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    const seen = /^\d+$/.test(name) ? timesOf(name) : null;
    if (!seen) continue;
    if (wanted.has(Number(name))) ticks += seen.own + seen.endedChildren;
    else if (wanted.has(seen.parent)) ticks += seen.own;
  }
  return ticks / ticksPerSecond;
}

function timesOf(pid: string): { parent: number; own: number; endedChildren: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user, system, childUser, childSystem] = fields.slice(11, 15) as [number, number, number, number];
    return { parent: fields[1]!, own: user + system, endedChildren: childUser + childSystem };
  } catch {
    // It ended between the listing and the look.
    return null;
  }
}

export function residentMiB(pids: readonly number[]): number {
  const kilobytes = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return pids.reduce((sum, pid) => sum + kilobytes(pid), 0) / 1024;
}

/** The highest sum of resident memory seen while `work` ran, looked at 40 times a second. */
export async function peakResidentMiB(pids: readonly number[], work: () => Promise<unknown>): Promise<number> {
  let peak = residentMiB(pids);
  const timer = setInterval(() => (peak = Math.max(peak, residentMiB(pids))), 25);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(peak, residentMiB(pids));
}

/** Waits until the processes have been idle for a second: what a burst of writes set off is over. */
export async function untilQuiet(pids: readonly number[], patienceSeconds: number, idleShare = 0.1): Promise<boolean> {
  for (let waited = 0; waited < patienceSeconds; waited += 1) {
    const before = cpuSeconds(pids);
    await new Promise((done) => setTimeout(done, 1000));
    if (cpuSeconds(pids) - before < idleShare) return true;
  }
  return false;
}
