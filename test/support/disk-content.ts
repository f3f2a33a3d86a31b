// The least that is of a disk format, byte by byte from its specification: what the service takes, and what it must not.

export interface Qcow2Options {
  readonly version?: number;
  /** Of the disk, in bytes. */
  readonly virtualSize?: number | bigint;
  readonly backingFile?: boolean;
  /** Bits of what must be understood; 2 is an external data file. */
  readonly features?: readonly number[];
}

export function qcow2({ version = 3, virtualSize = 2 ** 30, backingFile = false, features = [] }: Qcow2Options = {}) {
  const image = Buffer.alloc(1024);
  image.write('QFI\xfb', 'latin1');
  image.writeUInt32BE(version, 4);
  if (backingFile) {
    const name = '/etc/passwd';
    image.writeBigUInt64BE(512n, 8);
    image.writeUInt32BE(name.length, 16);
    image.write(name, 512);
  }
  image.writeUInt32BE(16, 20);
  image.writeBigUInt64BE(BigInt(virtualSize), 24);
  if (version < 3) return image;
  image.writeBigUInt64BE(
    features.reduce((bits, bit) => bits | (1n << BigInt(bit)), 0n),
    72,
  );
  image.writeUInt32BE(104, 100);
  return image;
}

/** A disk with the footer that makes it a VHD: no more than the service looks at. */
export function fixedVhd(disk: Buffer, type = 2): Buffer {
  const footer = Buffer.alloc(512);
  footer.write('conectix');
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(0x1_0000, 12);
  footer.writeBigUInt64BE(0xffff_ffff_ffff_ffffn, 16);
  footer.writeBigUInt64BE(BigInt(disk.length), 40);
  footer.writeBigUInt64BE(BigInt(disk.length), 48);
  footer.writeUInt32BE(type, 60);
  footer.fill(7, 68, 84);
  const sum = footer.reduce((total, byte) => total + byte, 0);
  footer.writeUInt32BE(~sum >>> 0, 64);
  return Buffer.concat([disk, footer]);
}

/** A volume of so many blocks of 2 KiB, of which the first 18 are there. */
export function iso(blocks = 18): Buffer {
  const image = Buffer.alloc(18 * 2048);
  for (const [nth, type] of [
    [16, 1],
    [17, 255],
  ] as const) {
    image[nth * 2048] = type;
    image.write('CD001\x01', nth * 2048 + 1, 'latin1');
  }
  image.writeUInt32LE(blocks, 16 * 2048 + 80);
  image.writeUInt16LE(2048, 16 * 2048 + 128);
  return image;
}

/** A sparse VMDK with this descriptor, and nothing in it. */
export function vmdk(descriptor = vmdkDescriptor(), sectors = 2048): Buffer {
  const image = Buffer.alloc(64 * 512);
  image.write('KDMV');
  image.writeUInt32LE(1, 4);
  image.writeBigUInt64LE(BigInt(sectors), 12);
  image.writeBigUInt64LE(1n, 28);
  image.writeBigUInt64LE(20n, 36);
  image.writeBigUInt64LE(26n, 56);
  image.write(descriptor, 512);
  return image;
}

export const vmdkDescriptor = (kind = 'monolithicSparse', extent = 'RW 2048 SPARSE "disk.vmdk"'): string =>
  ['# Disk DescriptorFile', 'version=1', 'CID=7e2b80a3', 'parentCID=ffffffff', `createType="${kind}"`, extent, ''].join(
    '\n',
  );

export function vdi(virtualSize = 2 ** 20, type = 1): Buffer {
  const image = Buffer.alloc(1024);
  image.write('<<< a disk >>>');
  image.writeUInt32LE(0xbeda107f, 64);
  image.writeUInt32LE(type, 76);
  image.writeBigUInt64LE(BigInt(virtualSize), 368);
  return image;
}

/** A boot sector with a partition of this type that begins in this sector, and some of the disk. */
export function partitionedDisk(type = 0x83, first = 2048, flag = 0x80): Buffer {
  const disk = Buffer.alloc(4096);
  disk.set([flag, 0, 2, 0, type, 0xff, 0xff, 0xff], 446);
  disk.writeUInt32LE(first, 454);
  disk.writeUInt32LE(2048, 458);
  disk.set([0x55, 0xaa], 510);
  return disk;
}
