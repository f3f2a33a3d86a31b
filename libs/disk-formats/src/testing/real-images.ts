import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/**
 * Images made with qemu-img 7.2 (ISO: genisoimage, xorriso; LUKS 2: cryptsetup) of a disk of 1 MiB with a partition table
 * and some text; of the encrypted ones the first 4 KiB. `huge.qcow2` says that it has a PiB.
 */
export const realImage = (name: string): Buffer =>
  gunzipSync(readFileSync(join(import.meta.dirname, 'real', `${name}.gz`)));
