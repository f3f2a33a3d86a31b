// Everything that can be found wrong before anything is installed, made or started.
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { root } from './node24.mjs';

const MIB = 1024 * 1024;

/** The settings of `npm start`, from the environment; throws on the first that makes no sense. */
export function readSettings(env) {
  const port = Number(env.CLOUD_IMAGES_PORT ?? 9292);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`CLOUD_IMAGES_PORT must be a port number (1 to 65535), not "${env.CLOUD_IMAGES_PORT}"`);
  }
  const host = env.CLOUD_IMAGES_HOST || '127.0.0.1';
  const identityFile = env.CLOUD_IMAGES_IDENTITY ? resolve(env.CLOUD_IMAGES_IDENTITY) : undefined;
  if (identityFile && !isReadable(identityFile)) throw new Error(`CLOUD_IMAGES_IDENTITY: can't read ${identityFile}`);
  // Another kind of identity has no development users.
  const hasUsers = (env.CLOUD_IMAGES_IDENTITY_KIND || 'file') === 'file';
  if (hasUsers && !identityFile && !isLoopback(host)) {
    throw new Error(
      `CLOUD_IMAGES_HOST=${host} can be reached from other machines, and the development users have known passwords: ` +
        'name a users file of your own by CLOUD_IMAGES_IDENTITY',
    );
  }
  const dataDir = resolve(root, env.CLOUD_IMAGES_DATA || 'data');
  return { port, host, hasUsers, identityFile, dataDir, publicUrl: env.CLOUD_IMAGES_PUBLIC_URL || undefined };
}

export const isLoopback = (host) => host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);

export function assertSystem() {
  const system = `${process.platform}-${process.arch}`;
  if (['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'].includes(system)) return;
  throw new Error(`no PostgreSQL from npm for ${system}: Linux and macOS on x64 or arm64 can run this`);
}

/** Makes the data directory; returns true when it is new. */
export function openDataDir(dataDir) {
  const isNew = !existsSync(dataDir);
  try {
    makeDirectory(dataDir);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(
      `can't write to the data directory ${dataDir}: ${error.code ?? error.message} (set CLOUD_IMAGES_DATA)`,
    );
  }
  return isNew;
}

// Step by step: Node's own recursive mode never returns where a file system refuses with ENOENT.
function makeDirectory(dir) {
  if (existsSync(dir)) return;
  makeDirectory(dirname(dir));
  mkdirSync(dir, { mode: 0o700 });
}

/** Installing and building take about 600 MiB the first time; a new database 80 MiB, its log as much again. */
export function assertDiskSpace(dataDir) {
  assertFreeSpace(root, existsSync(join(root, 'node_modules', '.package-lock.json')) ? 50 : 900);
  assertFreeSpace(dataDir, existsSync(join(dataDir, 'postgres')) ? 100 : 300);
}

function assertFreeSpace(dir, neededMiB) {
  const { bavail, bsize } = statfsSync(dir);
  const free = Math.floor((bavail * bsize) / MIB);
  if (free < neededMiB) throw new Error(`the disk is full: ${dir} has ${free} MiB left, ${neededMiB} MiB are needed`);
}

function isReadable(path) {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
