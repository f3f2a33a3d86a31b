import { constants } from 'node:fs';
import { copyFile, link, open } from 'node:fs/promises';
import { codeOf } from './translate.js';
import { removeIfThere } from './writer.js';

/**
 * A second name of the same file: committed files are never written to, so each of its names may stand for a blob of its
 * own. A file that has as many names as its file system allows (ext4: 65,000) is copied, by way of `draft`.
 */
export async function nameOrCopy(
  source: string,
  target: string,
  draft: string,
  name: (from: string, to: string) => Promise<void> = link,
): Promise<void> {
  try {
    await name(source, target);
  } catch (error) {
    if (codeOf(error) !== 'EMLINK') throw error;
    await copyBytes(source, target, draft);
  }
}

async function copyBytes(source: string, target: string, draft: string): Promise<void> {
  try {
    await copyFile(source, draft, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const file = await open(draft, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, target);
  } finally {
    await removeIfThere(draft);
  }
}
