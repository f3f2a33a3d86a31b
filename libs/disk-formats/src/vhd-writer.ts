import { checksumOf, diskType, footerBytes } from './vhd.js';

// A raw disk becomes a fixed VHD by what follows it: zeros up to a whole sector, and a footer (Virtual Hard Disk Image Format
// Specification 1.0). So it can be written while the disk streams by.

const sectorBytes = 512;
/** Seconds from 1970 to 2000-01-01 UTC, from when the footer counts. */
const epoch = 946_684_800;
/** The largest disk that the format describes: 2040 GiB. */
export const largestVhd = 2040 * 1024 ** 3;

export interface FixedVhd {
  /** bytes of the raw disk */
  readonly size: number;
  /** 16 bytes; not all zeros */
  readonly uniqueId: Buffer;
  /** ms since 1970 */
  readonly at: number;
}

/** bytes of the VHD that a raw disk of `size` bytes becomes */
export const fixedVhdSize = (size: number): number => wholeSectors(size) + footerBytes;

const wholeSectors = (size: number): number => Math.ceil(size / sectorBytes) * sectorBytes;

/** What follows the data of a raw disk, to make a fixed VHD of it. */
export function fixedVhdEnd({ size, uniqueId, at }: FixedVhd): Buffer {
  const diskSize = wholeSectors(size);
  const end = Buffer.alloc(diskSize - size + footerBytes);
  const footer = end.subarray(diskSize - size);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(2, 8); // features: the reserved bit, always set
  footer.writeUInt32BE(0x0001_0000, 12);
  footer.fill(0xff, 16, 24); // data offset: none
  footer.writeUInt32BE(Math.max(0, Math.floor(at / 1000) - epoch), 24);
  // Readers such as QEMU take the exact size, and not the rounded one of the geometry, from creators that they know only.
  footer.write('win ', 28, 'latin1');
  footer.writeUInt32BE(0x000a_0000, 32);
  footer.write('Wi2k', 36, 'latin1');
  footer.writeBigUInt64BE(BigInt(diskSize), 40);
  footer.writeBigUInt64BE(BigInt(diskSize), 48);
  const { cylinders, heads, sectors } = geometryOf(diskSize);
  footer.writeUInt16BE(cylinders, 56);
  footer.writeUInt8(heads, 58);
  footer.writeUInt8(sectors, 59);
  footer.writeUInt32BE(diskType.fixed, 60);
  uniqueId.copy(footer, 68, 0, 16);
  footer.writeUInt32BE(checksumOf(footer, 64), 64);
  return end;
}

export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  /** per track */
  readonly sectors: number;
}

/** The specification's appendix «CHS Calculation». */
export function geometryOf(diskSize: number): Geometry {
  const total = Math.min(Math.floor(diskSize / sectorBytes), 65_535 * 16 * 255);
  if (total >= 65_535 * 16 * 63) return shaped(total, 255, 16);
  const tracks = Math.floor(total / 17);
  const heads = Math.max(4, Math.floor((tracks + 1023) / 1024));
  if (tracks < heads * 1024 && heads <= 16) return shaped(total, 17, heads);
  const longer = Math.floor(total / 31);
  return longer < 16 * 1024 ? shaped(total, 31, 16) : shaped(total, 63, 16);
}

const shaped = (total: number, sectors: number, heads: number): Geometry => ({
  cylinders: Math.floor(Math.floor(total / sectors) / heads),
  heads,
  sectors,
});
