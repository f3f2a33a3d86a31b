// One launcher per data directory. The lock is a file that names its owner; an owner that died left a stale one.
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startedAt } from './processes.mjs';

/** Takes the lock or throws, naming the process that has it. Returns what gives it back. */
export function lockData(dir) {
  const lock = join(dir, 'launcher.lock');
  const mine = JSON.stringify({ pid: process.pid, started: startedAt(process.pid) });
  const draft = `${lock}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    // A hard link appears whole or not at all, and only one of two contenders can make it.
    for (let tries = 0; tries < 20; tries += 1) {
      if (linked(draft, lock)) return () => released(lock, mine);
      const theirs = textOf(lock);
      const owner = ownerOf(theirs);
      if (owner) throw new Error(`Cloud Images already runs on ${dir} (process ${owner})`);
      if (theirs !== undefined) setAside(lock, theirs);
    }
    throw new Error(`could not lock ${dir}: several starts at once`);
  } finally {
    rmSync(draft, { force: true });
  }
}

function linked(draft, lock) {
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function ownerOf(text) {
  try {
    const { pid, started } = JSON.parse(text);
    return started !== undefined && startedAt(pid) === started ? pid : undefined;
  } catch {
    return undefined;
  }
}

// Between reading and renaming another start may have replaced the stale lock by its own: then that one is put back.
function setAside(lock, seen) {
  const aside = `${lock}.stale-${randomBytes(6).toString('hex')}`;
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  if (textOf(aside) !== seen) linked(aside, lock);
  rmSync(aside, { force: true });
}

function released(lock, mine) {
  if (textOf(lock) === mine) rmSync(lock, { force: true });
}
