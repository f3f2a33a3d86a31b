import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';

/**
 * What the adapter keeps under its directory, all on one file system, because publishing is a hard link:
 *
 *     <dir>/blobs/images/ab/cd/<id>                        committed, the path is the key
 *     <dir>/unfinished/images.ab.cd.<id>.<random uuid>     being written, or left by a crash
 *
 * `.` can't occur in a key, so the flat name of an unfinished write maps back to its key.
 */
export class Layout {
  readonly dir: string;
  readonly blobs: string;
  readonly unfinished: string;

  constructor(dir: string) {
    this.dir = resolve(dir);
    this.blobs = join(this.dir, 'blobs');
    this.unfinished = join(this.dir, 'unfinished');
  }

  blob(key: string): string {
    return join(this.blobs, key);
  }

  freshDraft(key: string): string {
    return join(this.unfinished, `${flat(key)}.${randomUUID()}`);
  }

  draft(name: string): string {
    return join(this.unfinished, name);
  }
}

const flat = (key: string): string => key.replaceAll('/', '.');

/** The key that an unfinished write's file name carries; null for a file that is not ours. */
export function keyOfDraft(name: string): string | null {
  const parts = name.split('.');
  return parts.length < 2 ? null : parts.slice(0, -1).join('/');
}
