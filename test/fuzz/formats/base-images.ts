// Real images of a small disk: one of each kind that qemu-img makes, and what is a disk by itself.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { iso, partitionedDisk } from '../../support/disk-content.ts';

export interface BaseImage {
  readonly name: string;
  /** What an honest owner would declare. */
  readonly diskFormat: string;
  readonly bytes: Buffer;
}

const run = promisify(execFile);
const mebibyte = 1024 * 1024;

/** [name, disk_format, arguments of `qemu-img` with DISK for the disk and OUT for the image] */
const recipes: readonly (readonly [string, string, string])[] = [
  ['qcow2-v3', 'qcow2', 'convert -f raw -O qcow2 DISK OUT'],
  ['qcow2-v2', 'qcow2', 'convert -f raw -O qcow2 -o compat=0.10 DISK OUT'],
  ['qcow2-extended-l2', 'qcow2', 'convert -f raw -O qcow2 -o extended_l2=on,cluster_size=128k DISK OUT'],
  ['qcow2-compressed', 'qcow2', 'convert -c -f raw -O qcow2 DISK OUT'],
  ['qcow2-backing-file', 'qcow2', 'create -q -f qcow2 -u -b base.qcow2 -F qcow2 OUT 1M'],
  ['qcow2-version-1', 'qcow2', 'create -q -f qcow OUT 1M'],
  ['vmdk-monolithic-sparse', 'vmdk', 'convert -f raw -O vmdk DISK OUT'],
  ['vmdk-stream-optimized', 'vmdk', 'convert -f raw -O vmdk -o subformat=streamOptimized DISK OUT'],
  ['vmdk-monolithic-flat', 'vmdk', 'create -q -f vmdk -o subformat=monolithicFlat OUT 1M'],
  ['vhd-dynamic', 'vhd', 'convert -f raw -O vpc -o force_size=on DISK OUT'],
  ['vhd-fixed', 'vhd', 'convert -f raw -O vpc -o subformat=fixed,force_size=on DISK OUT'],
  ['vhdx', 'vhdx', 'convert -f raw -O vhdx -o block_size=1M,log_size=1M DISK OUT'],
  ['vdi-dynamic', 'vdi', 'convert -f raw -O vdi DISK OUT'],
  ['vdi-static', 'vdi', 'convert -f raw -O vdi -o static=on DISK OUT'],
  ['qed', 'raw', 'convert -f raw -O qed DISK OUT'],
  ['luks-1', 'raw', 'create -q -f luks --object secret,id=s,data=abc -o key-secret=s,iter-time=10 OUT 1M'],
];

export async function makeBaseImages(): Promise<BaseImage[]> {
  await run('qemu-img', ['--version']).catch(() => {
    throw new Error('qemu-img is missing: it is in the package qemu-utils (apt-get install qemu-utils)');
  });
  const dir = await mkdtemp(join(tmpdir(), 'cloud-images-formats-'));
  try {
    const disk = join(dir, 'disk');
    await writeFile(disk, aDisk());
    const made: BaseImage[] = [];
    for (const [name, diskFormat, recipe] of recipes) {
      const out = join(dir, name);
      const words = recipe.split(' ').map((word) => (word === 'DISK' ? disk : word === 'OUT' ? out : word));
      await run('qemu-img', words, { cwd: dir, timeout: 60_000 });
      made.push({ name, diskFormat, bytes: readFileSync(out) });
    }
    return [...made, ...plainDisks()];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A MiB with a partition and some text in it. */
function aDisk(): Buffer {
  const disk = Buffer.alloc(mebibyte);
  partitionedDisk().copy(disk);
  disk.fill('A disk to be changed. ', 8192, 100_000);
  return disk;
}

function plainDisks(): BaseImage[] {
  const protective = Buffer.alloc(mebibyte / 4);
  partitionedDisk(0xee, 1, 0).copy(protective);
  protective.write('EFI PART', 512);
  const hybrid = Buffer.concat([iso(), Buffer.alloc(10_000)]);
  partitionedDisk().copy(hybrid);
  return [
    { name: 'raw-mbr', diskFormat: 'raw', bytes: aDisk() },
    { name: 'raw-gpt', diskFormat: 'raw', bytes: protective },
    { name: 'iso', diskFormat: 'iso', bytes: Buffer.concat([iso(500), Buffer.alloc(100_000)]) },
    { name: 'iso-hybrid', diskFormat: 'iso', bytes: hybrid },
  ];
}
