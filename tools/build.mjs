// Builds every package (swc, under Nx's cache), unless nothing changed since the last build.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { node24, root } from './node24.mjs';
import { runProgram } from './run-program.mjs';

const stamp = join(root, '.cache', 'built');

/** Returns false when the last build still holds. */
export async function ensureBuilt(say, signal) {
  const packages = workspaces();
  const state = fingerprint(packages);
  if (packages.every(isBuilt) && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return false;
  say(`building ${packages.length} packages`);
  rmSync(stamp, { force: true });
  await nx(['run-many', '-t', 'build', '--output-style=static'], say, signal);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, state);
  return true;
}

function workspaces() {
  return ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => join(root, folder, name))
      .filter((dir) => existsSync(join(dir, 'package.json'))),
  );
}

const isBuilt = (dir) => existsSync(join(dir, 'dist'));

// Contents, not times: a checkout or a copy sets all times anew.
function fingerprint(packages) {
  const hash = createHash('sha256');
  const files = [join(root, '.swcrc'), join(root, 'package-lock.json')];
  for (const dir of packages) files.push(join(dir, 'package.json'), ...sourcesIn(join(dir, 'src')));
  for (const file of files) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function sourcesIn(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

async function nx(args, say, signal) {
  // No daemon: a launcher leaves no process behind.
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true', FORCE_COLOR: '0' };
  // Nx runs `npm run build`, whose swc must find the installed Node first.
  env.PATH = `${dirname(node24())}:${env.PATH ?? ''}`;
  const onText = (text) => {
    for (const [, name] of text.matchAll(/nx run @cloud-images\/([\w-]+):build/g)) say(`built ${name}`);
  };
  const program = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  const { code, output } = await runProgram(node24(), [program, ...args], { cwd: root, env, signal, onText });
  if (code !== 0) throw new Error(`the build failed\n${output}`);
}
