import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../libs/verify/bin/cloud-images-verify.mjs', import.meta.url));
const LOOK_MS = 100;

export interface Run {
  readonly code: number | null;
  readonly said: string;
  readonly seconds: number;
  /** Null where the system does not tell. */
  readonly peakMegabytes: number | null;
}

/** `cloud-images-verify` with these arguments, from its start to its end. */
export async function runVerifier(...args: readonly string[]): Promise<Run> {
  const started = performance.now();
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  let peakMegabytes: number | null = null;
  const looking = setInterval(() => (peakMegabytes = peakOf(child.pid) ?? peakMegabytes), LOOK_MS);
  try {
    const [said, code] = await Promise.all([text(child.stdout), ended]);
    return { code, said: said.trim(), seconds: (performance.now() - started) / 1_000, peakMegabytes };
  } finally {
    clearInterval(looking);
  }
}

/** Linux keeps the most that a process ever had in memory. */
function peakOf(pid: number | undefined): number | null {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1_000);
  } catch {
    return null;
  }
}
