// What the system says about processes: by /proc where there is one, else by `ps` (macOS).
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const hasProc = process.platform === 'linux';

/** The command line of a living process, arguments apart by spaces; undefined when there is none (or it is a zombie). */
export function commandLine(pid) {
  try {
    if (!hasProc) return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).trim();
    if (stat(pid)?.state === 'Z') return undefined;
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Says, with the pid, which process it is: pids are used again, their start times are not. */
export function startedAt(pid) {
  try {
    if (!hasProc) return execFileSync('ps', ['-p', String(pid), '-o', 'lstart='], { encoding: 'utf8' }).trim();
    return stat(pid)?.start;
  } catch {
    return undefined;
  }
}

export function childrenOf(pid) {
  if (!hasProc) {
    const rows = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    return rows
      .map((row) => row.trim().split(/\s+/).map(Number))
      .flatMap(([child, parent]) => (parent === pid ? [child] : []));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && stat(name)?.parent === pid)
    .map(Number);
}

// The command in parentheses may hold spaces; the fields after the last `)` are state, parent, …, start time (field 22).
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], parent: Number(fields[1]), start: fields[19] };
  } catch {
    return undefined;
  }
}

/** Waits until a process is gone; false when it is still there after `ms`. */
export async function endsWithin(pid, ms) {
  const deadline = Date.now() + ms;
  while (commandLine(pid) !== undefined) {
    if (Date.now() > deadline) return false;
    await new Promise((done) => setTimeout(done, 20));
  }
  return true;
}
