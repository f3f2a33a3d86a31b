// PostgreSQL refuses to run as root. In a user namespace root appears as an ordinary user, in any directory and without
// creating a system user. Where the system refuses user namespaces (many containers do), it runs as the system's
// `nobody` instead, if that user can reach the directories.
import { spawnSync } from 'node:child_process';
import { chown, lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const NOBODY = 65534;
const namespace = ['--user', '--map-user=1000', '--map-group=1000', '--'];
let chosen;

/** How to run a command as somebody whom PostgreSQL accepts: `{ wrap(file, args) → [file, args, options], uid }`. */
export function ordinaryUser() {
  chosen ??= choose();
  return chosen;
}

function choose() {
  const asSelf = { uid: process.getuid?.(), wrap: (file, args) => [file, args, {}] };
  if (process.getuid?.() !== 0) return asSelf;
  if (spawnSync('unshare', [...namespace, 'true'], { stdio: 'ignore' }).status === 0) {
    return { uid: 0, wrap: (file, args) => ['unshare', [...namespace, file, ...args], {}] };
  }
  return { uid: NOBODY, wrap: (file, args) => [file, args, { uid: NOBODY, gid: NOBODY }] };
}

/** Refuses, naming the directory, where the chosen user could not even reach `paths`. */
export async function assertReachable(paths) {
  if (ordinaryUser().uid !== NOBODY || process.getuid?.() !== 0) return;
  for (const path of paths) {
    for (let at = dirname(resolve(path)); ; at = dirname(at)) {
      const found = await stat(at).catch(() => undefined);
      if (found && !(found.mode & 0o001)) {
        throw new Error(
          `running as root, this system refuses user namespaces, and the user "nobody" can't pass ${at}: ` +
            'start as an ordinary user, or move the clone where everybody may read',
        );
      }
      if (at === dirname(at)) break;
    }
  }
}

/** Gives a tree to the chosen user, when it belongs to another one of ours (root starts, a container's root starts). */
export async function give(path) {
  const { uid } = ordinaryUser();
  if (process.getuid?.() !== 0 || (await lstat(path)).uid === uid) return;
  await giveTree(path, uid);
}

async function giveTree(path, uid) {
  const found = await lstat(path);
  if (found.isDirectory()) for (const name of await readdir(path)) await giveTree(join(path, name), uid);
  await chown(path, uid, uid);
}
