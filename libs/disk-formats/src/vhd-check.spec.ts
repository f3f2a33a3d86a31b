import { checkVhd, type VhdFault } from './vhd-check.js';
import { checksumOf, readVhd } from './vhd.js';
import { inspect } from './testing/inspect.js';
import { withBytes } from './testing/headers.js';
import { realImage } from './testing/real-images.js';

const fixed = realImage('fixed.vhd');
const dynamic = realImage('dynamic.vhd');
const GIB = 1024 ** 3;

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const u64 = (value: number): Buffer => Buffer.concat([u32(Math.floor(value / 2 ** 32)), u32(value % 2 ** 32)]);

/** With other bytes in the structure of `length` bytes that is at `from`, and the checksum that then is right. */
function edited(content: Buffer, from: number, length: number, checksumAt: number, at: number, bytes: Buffer): Buffer {
  const copy = withBytes(content, from + at, bytes);
  copy.writeUInt32BE(checksumOf(copy.subarray(from, from + length), checksumAt), from + checksumAt);
  return copy;
}
const inFooter = (content: Buffer, at: number, bytes: Buffer) =>
  edited(content, content.length - 512, 512, 64, at, bytes);
const inCopy = (content: Buffer, at: number, bytes: Buffer) => edited(content, 0, 512, 64, at, bytes);
const inBoth = (content: Buffer, at: number, bytes: Buffer) => inCopy(inFooter(content, at, bytes), at, bytes);
const inHeader = (content: Buffer, at: number, bytes: Buffer) => edited(content, 512, 1024, 36, at, bytes);

describe('a VHD to import', () => {
  it.each<[string, Buffer, VhdFault | null]>([
    ['fixed, as qemu-img makes it', fixed, null],
    ['dynamic, as qemu-img makes it', dynamic, null],

    ['of another format', realImage('v3.qcow2'), 396],
    ['empty', Buffer.alloc(0), 396],
    ['without its footer', fixed.subarray(0, -512), 396],
    ['dynamic without its footer', dynamic.subarray(0, -512), 396],
    ['whose footer has another checksum', withBytes(fixed, fixed.length - 400, Buffer.from([1])), 396],
    ['that lacks a part of its data', fixed.subarray(512), 396],
    ['that has more than its data', Buffer.concat([Buffer.alloc(512), fixed]), 396],

    ['of 40 GiB', inBoth(dynamic, 48, u64(40 * GIB)), 111],
    ['of 40 GiB and a sector', inBoth(dynamic, 48, u64(40 * GIB + 512)), 413],
    ['fixed, of 41 GiB', inFooter(fixed, 48, u64(41 * GIB)), 413],
    ['of no known type', inFooter(fixed, 60, u32(5)), 523],
    ['of type 0', inFooter(fixed, 60, u32(0)), 523],
    ['without an id', inFooter(fixed, 68, Buffer.alloc(16)), 614],
    ['dynamic without an id', inBoth(dynamic, 68, Buffer.alloc(16)), 614],
    ['of the differencing type', inBoth(dynamic, 60, u32(4)), 721],
    ['fixed but of the differencing type', inFooter(fixed, 60, u32(4)), 721],
    ['dynamic with the id of a parent', inHeader(dynamic, 40, Buffer.alloc(16, 7)), 721],

    ['whose copy of the footer is damaged', withBytes(dynamic, 400, Buffer.from([1])), 111],
    ['whose copy of the footer is of another disk', inCopy(dynamic, 68, Buffer.alloc(16, 7)), 111],
    ['whose dynamic header is damaged', withBytes(dynamic, 1500, Buffer.from([1])), 111],
    ['without a dynamic header', withBytes(dynamic, 512, Buffer.alloc(8)), 111],
    ['whose dynamic header is behind its end', inBoth(dynamic, 16, u64(2 ** 40)), 111],
    ['whose table is behind its end', inHeader(dynamic, 16, u64(2 ** 30)), 111],
    ['whose table has too few entries', inHeader(dynamic, 28, u32(0)), 111],
    ['whose blocks are of an odd size', inHeader(dynamic, 32, u32(0x20_0001)), 111],
    ['that begins as a fixed one', withBytes(dynamic, 0, Buffer.alloc(512)), 111],
  ])('%s', async (_title, content, fault) => {
    const { vhd } = inspect(content);
    expect(checkVhd(vhd!)).toBe(fault);
    const readAt = async (at: number, bytes: number) => content.subarray(at, at + bytes);
    expect(await readVhd(content.length, readAt)).toEqual(vhd);
  });

  it('over 40 GiB as a file is refused, whatever it is', () => {
    const { vhd } = inspect(fixed);
    expect(checkVhd({ ...vhd!, size: 40 * GIB + 1 })).toBe(609);
    expect(checkVhd({ ...vhd!, size: 40 * GIB + 1, footer: null })).toBe(609);
  });

  it('has limits of its own where they are given', () => {
    const { vhd } = inspect(dynamic);
    const enough = { virtualSize: 1024 ** 2, physicalSize: dynamic.length };
    expect(checkVhd(vhd!, enough)).toBeNull();
    expect(checkVhd(vhd!, { ...enough, virtualSize: 1024 ** 2 - 1 })).toBe(413);
    expect(checkVhd(vhd!, { ...enough, physicalSize: dynamic.length - 1 })).toBe(609);
  });

  it('tells what is in it', () => {
    const { vhd } = inspect(dynamic);
    expect(vhd).toMatchObject({
      size: dynamic.length,
      footer: { intact: true, type: 3, currentSize: 1024 ** 2, originalSize: 1024 ** 2, dataOffset: 512 },
      dynamicHeader: { intact: true, tableOffset: 1536, blockSize: 2 * 1024 ** 2, parentUniqueId: '0'.repeat(32) },
    });
    expect(vhd!.copy).toEqual(vhd!.footer);
    expect(inspect(fixed).vhd).toMatchObject({
      copy: null,
      dynamicHeader: null,
      footer: { type: 2, dataOffset: null },
    });
  });
});
