// Installs what package-lock.json names, unless it is there. Uses nothing but Node.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertNode24Runs, node24, root } from './node24.mjs';
import { runProgram } from './run-program.mjs';

/** Returns false when everything was there already. */
export async function ensureInstalled(say, signal) {
  if (isInstalled()) return false;
  const wanted = Object.entries(packagesOf(join(root, 'package-lock.json'))).flatMap(([path, about]) =>
    isForThisSystem(about) ? [path] : [],
  );
  say(`installing ${wanted.length} packages (npm ci)`);
  const progress = setInterval(() => {
    const there = wanted.filter((path) => existsSync(join(root, path, 'package.json'))).length;
    say(`installing: ${there} of ${wanted.length} packages`);
  }, 3_000);
  try {
    await npm(['ci', '--no-audit', '--no-fund'], signal);
  } finally {
    clearInterval(progress);
  }
  assertNode24Runs();
  return true;
}

// npm writes what it installed to node_modules/.package-lock.json as the last step, so that a cut-off installation is
// seen as none. Optional packages are those of other platforms.
function isInstalled() {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const there = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  const same = Object.entries(wanted).every(
    ([path, { version, optional, devOptional, peer }]) =>
      there[path]?.version === version || (there[path] === undefined && (optional || devOptional || peer)),
  );
  if (!same || Object.keys(there).length === 0) return false;
  try {
    node24();
    return true;
  } catch {
    return false;
  }
}

const isForThisSystem = ({ os, cpu, libc }) =>
  (os?.includes(process.platform) ?? true) && (cpu?.includes(process.arch) ?? true) && !libc?.includes('musl');

function packagesOf(lockFile) {
  try {
    const { packages } = JSON.parse(readFileSync(lockFile, 'utf8'));
    return Object.fromEntries(
      Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && !link),
    );
  } catch {
    return {};
  }
}

/** Runs npm: the one that started us, else the one on the path. Its output is shown when it fails. */
async function npm(args, signal) {
  const own = process.env.npm_execpath;
  const [file, argv] = own?.endsWith('.js') ? [process.execPath, [own, ...args]] : ['npm', args];
  const ended = await runProgram(file, argv, { cwd: root, signal }).catch((error) => {
    throw error.code === 'ENOENT' ? new Error('npm was not found on the path') : error;
  });
  if (ended.code === 0) return;
  if (ended.signal) throw new Error(`npm ${args[0]} was ended by ${ended.signal}; the next start begins it anew`);
  const why = /ENOSPC/.test(ended.output) ? 'the disk is full: ' : '';
  throw new Error(`${why}npm ${args[0]} failed\n${ended.output}`);
}
