import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of all conversions; a directory each. */
export const rootOf = (scratchDir: string): string => join(scratchDir || tmpdir(), 'cloud-images-tasks');

/** A worker may run in a container: its process id says something among those of its own host only. */
const host =
  hostname()
    .replaceAll(/[^a-zA-Z0-9-]/g, '-')
    .slice(0, 63) || 'host';

/** Of a task's conversion by this process. */
export const directoryOf = (taskId: string): string => `${taskId}.${host}.${process.pid}`;

export const directoryPattern = /^[a-zA-Z0-9-]{1,64}\.[a-zA-Z0-9-]{1,63}\.[0-9]{1,10}$/;

/** Whether the process is no more whose directory this is; null when it ran on another host. */
export function isLeft(directory: string): boolean | null {
  const [, by, pid] = directory.split('.');
  if (by !== host) return null;
  // Of an earlier life of this process in its container, or of one that took its number.
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM';
  }
}
