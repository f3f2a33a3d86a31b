// The Node that runs everything but the launcher: the one that npm installed with the rest.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** Path of a Node ≥ 24, or an error that says how to get it. */
export function node24() {
  const installed = join(root, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(installed)) return installed;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  throw new Error('Node 24 was not installed: does npm skip install scripts here (npm config get ignore-scripts)?');
}

/** Fails with a clear message when that Node can't run on this machine. */
export function assertNode24Runs() {
  const file = node24();
  try {
    execFileSync(file, ['--version'], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(
      `the Node that npm installed does not run on this machine (${file}): ${error.message.split('\n')[0]}`,
    );
  }
}
