// data/run.json: what runs where, for the commands that look inside (events, replay, tests), and for the start that
// follows a launcher which was killed and could not stop its processes.
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commandLine, endsWithin, startedAt } from './processes.mjs';
import { writePrivately } from './secrets.mjs';

const pathOf = (dataDir) => join(dataDir, 'run.json');

export function writeRunRecord(dataDir, record) {
  writePrivately(pathOf(dataDir), `${JSON.stringify(record, null, 2)}\n`);
}

export function readRunRecord(dataDir) {
  try {
    return JSON.parse(readFileSync(pathOf(dataDir), 'utf8'));
  } catch {
    return undefined;
  }
}

export function removeRunRecord(dataDir) {
  rmSync(pathOf(dataDir), { force: true });
}

/** What tells a process of ours from one that later got its pid. */
export function identityOf(pid) {
  return { pid, started: startedAt(pid), command: commandLine(pid) };
}

/**
 * Ends what an earlier launcher left running, and only that: pid, start time and command line must be the recorded
 * ones. Services first, so that they can finish with the database; then PostgreSQL.
 */
export async function endLeftovers(dataDir, say) {
  const processes = readRunRecord(dataDir)?.processes ?? {};
  const alive = Object.entries(processes).filter(([, was]) => isStill(was));
  if (alive.length > 0) say(`ending what an earlier start left running: ${alive.map(([name]) => name).join(', ')}`);
  const services = alive.filter(([name]) => name !== 'postgres');
  await Promise.all(services.map(([, was]) => end(was, ['SIGTERM', 10_000], ['SIGKILL', 5_000])));
  const postgres = processes.postgres ?? postmasterOf(dataDir);
  if (postgres && isStill(postgres)) await end(postgres, ['SIGINT', 15_000], ['SIGQUIT', 10_000], ['SIGKILL', 5_000]);
  removeStalePidFile(dataDir);
  removeRunRecord(dataDir);
}

function isStill(was) {
  const now = identityOf(was.pid);
  return now.command !== undefined && now.command === was.command && now.started === was.started;
}

async function end(was, ...steps) {
  for (const [signal, patience] of steps) {
    if (!isStill(was)) return;
    try {
      process.kill(was.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
    if (await endsWithin(was.pid, patience)) return;
  }
  throw new Error(`process ${was.pid} (${was.command}) of an earlier start does not end`);
}

// A launcher killed before it could write run.json leaves only PostgreSQL's own pid file, whose command line names the
// directory.
function postmasterOf(dataDir) {
  const pid = pidInFile(dataDir);
  if (pid === undefined) return undefined;
  const was = identityOf(pid);
  return was.command?.includes(` -D ${resolve(dataDir, 'postgres')} `) ? was : undefined;
}

// PostgreSQL takes a pid in its file for its own living server, also when another program got that pid meanwhile.
function removeStalePidFile(dataDir) {
  if (pidInFile(dataDir) !== undefined && !postmasterOf(dataDir)) {
    rmSync(join(dataDir, 'postgres', 'postmaster.pid'), { force: true });
  }
}

function pidInFile(dataDir) {
  try {
    return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}
