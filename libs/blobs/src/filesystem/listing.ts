import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobInfo } from '../port.js';
import { keyOfDraft, type Layout } from './layout.js';
import { codeOf, translating } from './translate.js';

/** Walks only the directories that can hold the prefix and keys behind `after`, one directory's names in memory at a time. */
export async function* listBlobs(layout: Layout, prefix: string, after: string): AsyncGenerator<BlobInfo> {
  yield* walk(layout.blobs, '', { prefix, after });
}

interface Wanted {
  readonly prefix: string;
  readonly after: string;
}

async function* walk(directory: string, parent: string, wanted: Wanted): AsyncGenerator<BlobInfo> {
  const { prefix, after } = wanted;
  for (const name of await sortedNames(directory)) {
    const key = parent + name;
    if (name.endsWith('/')) {
      const mayHold = key.startsWith(prefix) || prefix.startsWith(key);
      if (mayHold && (key > after || after.startsWith(key))) yield* walk(join(directory, name), key, wanted);
      continue;
    }
    if (!key.startsWith(prefix) || key <= after) continue;
    const found = await statIfThere(join(directory, name));
    if (found) yield { key, size: found.size, modifiedAt: found.mtime };
  }
}

/** Directories end with `/` here: that sorts `a-b/c` before `a/c`, as whole keys sort. */
async function sortedNames(directory: string): Promise<string[]> {
  const entries = await translating(() => readdir(directory, { withFileTypes: true }));
  return entries
    .filter((entry) => entry.isDirectory() || entry.isFile())
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
}

export interface Draft {
  readonly info: BlobInfo;
  readonly path: string;
  /** It has a second link: the blob stands, and only the draft's name outlived a crash. */
  readonly committed: boolean;
}

export async function* listDrafts(layout: Layout, prefix: string): AsyncGenerator<Draft> {
  const names = await translating(() => readdir(layout.unfinished));
  const drafts = names.map((name) => ({ name, key: keyOfDraft(name) })).filter(isOurs);
  for (const { name, key } of drafts.sort(byKey)) {
    if (!key.startsWith(prefix)) continue;
    const path = layout.draft(name);
    const found = await statIfThere(path);
    if (!found) continue;
    yield { info: { key, size: found.size, modifiedAt: found.mtime }, path, committed: found.nlink > 1 };
  }
}

interface Named {
  readonly name: string;
  readonly key: string;
}

const isOurs = (draft: { name: string; key: string | null }): draft is Named => draft.key !== null;

const byKey = (a: Named, b: Named): number => (a.key < b.key ? -1 : Number(a.key > b.key));

/** Entries may go between the listing and the look. */
function statIfThere(path: string) {
  return translating(async () => {
    try {
      return await stat(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  });
}
