import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The disk as `qemu-img` makes a qcow2 image of it. */
export function qcow2Of(disk: Buffer): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'qcow2-'));
  try {
    const [raw, qcow2] = [join(dir, 'raw'), join(dir, 'qcow2')];
    writeFileSync(raw, disk);
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2]);
    return readFileSync(qcow2);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
