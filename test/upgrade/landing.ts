// The code of an earlier landing, in a git worktree of its own, with what it needs to run.
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
/** Installed packages of ours are ours: the landing has its own. */
const own = '@cloud-images';

const git = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)('git', ['-C', root, ...args], { timeout: 120_000 })).stdout.trim();

/** The commit that `test/upgrade/previous-landing` names: what was on the main branch before the present work. */
export async function previousLanding(): Promise<string> {
  return (await readFile(join(import.meta.dirname, 'previous-landing'), 'utf8')).trim();
}

export class Landing {
  readonly dir: string;
  readonly commit: string;

  private constructor(dir: string, commit: string) {
    this.dir = dir;
    this.commit = commit;
  }

  /** Checks it out into `dir`, which must not exist. Throws where the history is not here and can't be had. */
  static async checkOut(name: string, dir: string): Promise<Landing> {
    const commit = await git('rev-parse', '--verify', '--quiet', `${name}^{commit}`).catch(() => fetched(name));
    await git('worktree', 'add', '--detach', dir, commit);
    const landing = new Landing(dir, commit);
    await landing.borrowPackages();
    return landing;
  }

  async remove(): Promise<void> {
    await git('worktree', 'remove', '--force', this.dir);
  }

  /** Where both want the same packages, the present ones are linked; else the landing's own start installs its own. */
  private async borrowPackages(): Promise<void> {
    const [theirs, ours] = await Promise.all(
      [this.dir, root].map((dir) => readFile(join(dir, 'package-lock.json'), 'utf8')),
    );
    if (theirs !== ours) return;
    await link('node_modules', this.dir);
    for (const folder of ['apps', 'libs']) {
      for (const name of await readdir(join(root, folder))) await link(join(folder, name, 'node_modules'), this.dir);
    }
    const workspaces = join(this.dir, 'node_modules', own);
    await mkdir(workspaces);
    for (const folder of ['apps', 'libs']) {
      for (const name of await readdir(join(this.dir, folder))) {
        await symlink(join(this.dir, folder, name), join(workspaces, name));
      }
    }
  }
}

async function link(path: string, into: string): Promise<void> {
  const names = await readdir(join(root, path)).catch(() => []);
  if (names.length === 0) return;
  await mkdir(join(into, path), { recursive: true });
  for (const name of names) if (name !== own) await symlink(join(root, path, name), join(into, path, name));
}

/** A clone without its history may get this one commit from where it came from. */
async function fetched(name: string): Promise<string> {
  try {
    await git('fetch', '--quiet', '--depth', '1', 'origin', name);
    return await git('rev-parse', 'FETCH_HEAD');
  } catch (error) {
    throw new Error(`the commit ${name} is not in this clone, and its origin does not give it`, { cause: error });
  }
}
