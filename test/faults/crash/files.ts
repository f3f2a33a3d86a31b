import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Keys of the blobs in a filesystem store. They lie under `blobs/`; whatever else is there has no place in the log. */
export async function filesIn(blobsDir: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (const entry of await readdir(blobsDir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) found.add(relative(join(blobsDir, 'blobs'), join(entry.parentPath, entry.name)));
  }
  return found;
}
