// A real disk image of some hundred MB: an ext4 file system with files in it where mkfs.ext4 is there, else a disk with a
// partition table and data; and the same as qcow2 where qemu-img is there.
import { createCipheriv, createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execute } from './clients.ts';

const MIB = 1024 * 1024;
const FILES = 6;
const FILE_MIB = 40;

export interface Disk {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  readonly says: string;
  readonly size: number;
  /** Of the disk that it is, in bytes. */
  readonly virtualSize: number;
  readonly md5: string;
  readonly sha512: string;
}

export async function makeDisks(dir: string): Promise<Disk[]> {
  const raw = join(dir, 'disk.img');
  const mkfs = ['/sbin/mkfs.ext4', '/usr/sbin/mkfs.ext4', '/usr/bin/mkfs.ext4'].find((path) => existsSync(path));
  if (mkfs) await makeFileSystem(mkfs, dir, raw);
  else await makePartitioned(raw);
  const says = mkfs ? 'ext4 file system' : 'disk with a partition table';
  const virtualSize = (await stat(raw)).size;
  const disks = [{ ...(await described(raw, 'raw', says)), virtualSize }];
  const qcow2 = join(dir, 'disk.qcow2');
  const converted = await execute('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2]).catch(
    () => undefined,
  );
  if (converted?.code === 0) disks.push({ ...(await described(qcow2, 'qcow2', 'qcow2 disk')), virtualSize });
  return disks;
}

async function makeFileSystem(mkfs: string, dir: string, path: string): Promise<void> {
  const content = join(dir, 'content');
  await mkdir(content);
  for (let i = 0; i < FILES; i += 1) await writeNoise(join(content, `file-${i}`), i, FILE_MIB);
  const ended = await execute(mkfs, ['-q', '-F', '-L', 'journey', '-d', content, path, `${FILES * FILE_MIB + 64}M`]);
  if (ended.code !== 0) throw new Error(`mkfs.ext4: ${ended.stderr}`);
  await rm(content, { recursive: true });
}

async function makePartitioned(path: string): Promise<void> {
  await writeNoise(path, 1, FILES * FILE_MIB);
  const sector = Buffer.alloc(512);
  sector.set([0x80, 0, 2, 0, 0x83, 0xff, 0xff, 0xff], 446);
  sector.writeUInt32LE(2048, 454);
  sector.writeUInt32LE((FILES * FILE_MIB * MIB) / 512 - 2048, 458);
  sector.set([0x55, 0xaa], 510);
  const file = await open(path, 'r+');
  await file.write(sector, 0, sector.length, 0);
  await file.close();
}

// Data that doesn't compress and is the same at every run.
async function writeNoise(path: string, seed: number, mib: number): Promise<void> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  const zeros = Buffer.alloc(MIB);
  const file = await open(path, 'w');
  for (let i = 0; i < mib; i += 1) await file.write(cipher.update(zeros));
  await file.close();
}

async function described(path: string, format: Disk['format'], says: string): Promise<Omit<Disk, 'virtualSize'>> {
  return { path, format, says, size: (await stat(path)).size, ...(await digests(path)) };
}

export async function digests(path: string): Promise<{ md5: string; sha512: string }> {
  const [md5, sha512] = [createHash('md5'), createHash('sha512')];
  await pipeline(createReadStream(path, { highWaterMark: MIB }), async (chunks) => {
    for await (const chunk of chunks) {
      md5.update(chunk as Buffer);
      sha512.update(chunk as Buffer);
    }
  });
  return { md5: md5.digest('hex'), sha512: sha512.digest('hex') };
}
