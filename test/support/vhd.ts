// VHDs byte by byte from Microsoft's specification 1.0: sound ones, and one for each reason not to be imported.
import { randomBytes } from 'node:crypto';
import { fixedVhd } from './disk-content.ts';

const blockBytes = 2 * 1024 ** 2;
const headerAt = 512;
const tableAt = 1536;

/** A dynamic disk of zeros: no block of it is there. */
export function dynamicVhd(diskSize: number): Buffer {
  const entries = Math.ceil(diskSize / blockBytes);
  const table = Buffer.alloc(Math.ceil((entries * 4) / 512) * 512, 0xff);
  const footer = fixedVhd(Buffer.alloc(0));
  footer.writeBigUInt64BE(512n, 16);
  footer.writeBigUInt64BE(BigInt(diskSize), 40);
  footer.writeBigUInt64BE(BigInt(diskSize), 48);
  footer.writeUInt32BE(3, 60);
  seal(footer, 64);
  const header = Buffer.alloc(1024);
  header.write('cxsparse', 'latin1');
  header.fill(0xff, 8, 16);
  header.writeBigUInt64BE(BigInt(tableAt), 16);
  header.writeUInt32BE(0x1_0000, 24);
  header.writeUInt32BE(entries, 28);
  header.writeUInt32BE(blockBytes, 32);
  seal(header, 36);
  return Buffer.concat([footer, header, table, footer]);
}

/** With its checksum made right again. */
function seal(structure: Buffer, checksumAt: number): void {
  structure.writeUInt32BE(0, checksumAt);
  const sum = structure.reduce((total, byte) => total + byte, 0);
  structure.writeUInt32BE(~sum >>> 0, checksumAt);
}

/** The disk with another footer, and another copy of it where there is one. */
export function withFooter(vhd: Buffer, edit: (footer: Buffer) => void): Buffer {
  const copy = Buffer.from(vhd);
  const places = copy.toString('latin1', 0, 8) === 'conectix' ? [0, copy.length - 512] : [copy.length - 512];
  for (const at of places) {
    const footer = copy.subarray(at, at + 512);
    edit(footer);
    seal(footer, 64);
  }
  return copy;
}

export const soundVhd = (bytes = 4_096): Buffer => fixedVhd(randomBytes(bytes));

const mebibyte = 1024 ** 2;

/** Code of Rackspace's table → a file that provokes it; 609 is a matter of the limit. */
export const unsoundVhds: Readonly<Record<string, readonly (readonly [what: string, file: () => Buffer])[]>> = {
  '111': [['a dynamic header that is damaged', () => damaged(dynamicVhd(4 * mebibyte), headerAt + 100)]],
  '396': [
    ['no VHD', () => randomBytes(4_096)],
    ['a checksum that is wrong', () => damaged(soundVhd(), 4_096 + 20)],
    ['a disk that was cut off', () => soundVhd().subarray(512)],
    ['a disk without its footer', () => soundVhd().subarray(0, 4_096)],
  ],
  '413': [['a disk of more than 40 GiB', () => dynamicVhd(41 * 1024 * mebibyte)]],
  '523': [['a type that is unknown', () => withFooter(soundVhd(), (footer) => footer.writeUInt32BE(5, 60))]],
  '614': [['an id of zeros', () => withFooter(soundVhd(), (footer) => footer.fill(0, 68, 84))]],
  '721': [['a parent', () => withFooter(dynamicVhd(4 * mebibyte), (footer) => footer.writeUInt32BE(4, 60))]],
};

function damaged(vhd: Buffer, at: number): Buffer {
  const copy = Buffer.from(vhd);
  copy[at]! ^= 0xff;
  return copy;
}
