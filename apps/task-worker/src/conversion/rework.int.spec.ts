import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Compression } from '@cloud-images/disk-formats';
import { withPrograms, withQemu } from '../../../../test/support/with-programs.js';
import { convertHere } from './convert-here.js';
import { Converter, type Bound, type Rework } from './converter.js';

const mebibyte = 1024 ** 2;
const withAll = withPrograms('gzip', 'xz', 'zstd', 'qemu-img');
const all = ['gzip', 'xz', 'zstd'] as const;

let dir: string;
let scratch: string;
let disk: Buffer;
let converter: Converter;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'rework-'));
  disk = Buffer.alloc(2 * mebibyte);
  randomBytes(mebibyte).copy(disk, mebibyte / 2);
  writeFileSync(join(dir, 'disk.raw'), disk);
});
beforeEach(() => {
  scratch = mkdtempSync(join(dir, 'scratch-'));
  const limits = { maxBytes: 64 * mebibyte, memoryBytes: 1024 * mebibyte, seconds: 20 };
  const convert = convertHere({ program: 'qemu-img', ...limits });
  converter = new Converter({ scratchDir: scratch, convert, ...limits, subformat: 'dynamic' });
});
afterAll(() => rmSync(dir, { recursive: true }));

const compressed = (by: Compression, data: Buffer, ...options: string[]): Buffer =>
  execFileSync(by, ['-c1', ...options], { input: data, maxBuffer: 64 * mebibyte, stdio: ['pipe', 'pipe', 'ignore'] });

function made(format: string, ...options: string[]): Buffer {
  const file = join(dir, `made.${format}`);
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, ...options, join(dir, 'disk.raw'), file]);
  return readFileSync(file);
}

const bound = (bytes: number): Bound => ({ bytes, beyond: () => new Error(`more than ${bytes}`) });
const roomy = bound(32 * mebibyte);

/** What becomes of the data; nothing of it is left once it was cleared, or was refused. */
async function reworked(data: Buffer, steps: (rework: Rework) => Promise<void>): Promise<Buffer> {
  const signal = new AbortController().signal;
  try {
    const source = Readable.from([data], { objectMode: false });
    const { source: result } = await converter.rework({ taskId: 't', source, signal }, async (rework) => {
      await steps(rework);
      return rework.file();
    });
    return Buffer.concat((await result.toArray()) as Buffer[]);
  } finally {
    await converter.clear('t');
    expect(readdirSync(join(scratch, 'cloud-images-tasks'))).toEqual([]);
  }
}
const decompressed = (by: Compression, data: Buffer, within = roomy) =>
  reworked(data, (rework) => rework.decompress(by, within));
const refusedData = { name: 'TaskFailure', message: expect.stringContaining('can not be decompressed') };

it('is not received beyond what a file may be', async () => {
  await expect(reworked(Buffer.alloc(64 * mebibyte + 1), () => Promise.resolve())).rejects.toThrow('too large');
});

describe.each(all)('data compressed with %s', (by) => {
  withAll('becomes what it was', async () => {
    const qcow2 = made('qcow2');
    expect((await decompressed(by, compressed(by, qcow2))).equals(qcow2)).toBe(true);
  });

  withAll('may be several pieces, one after the other', async () => {
    const pieces = [disk.subarray(0, mebibyte), disk.subarray(mebibyte)].map((piece) => compressed(by, piece));
    expect((await decompressed(by, Buffer.concat(pieces))).equals(disk)).toBe(true);
  });

  withAll('that is cut off, damaged, or followed by something else is refused', async () => {
    const whole = compressed(by, disk, ...(by === 'zstd' ? ['--check'] : []));
    const flipped = (at: number) => {
      const copy = Buffer.from(whole);
      copy[at]! ^= 1;
      return copy;
    };
    for (const wrong of [
      whole.subarray(0, whole.length >> 1),
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, 7),
      flipped(whole.length >> 1),
      // The checksum: gzip has the size behind it, xz an index and a footer.
      flipped(whole.length - { gzip: 8, xz: 40, zstd: 1 }[by]),
      Buffer.concat([whole, Buffer.from('something else')]),
      Buffer.concat([whole, compressed(by, disk).subarray(0, 1_000)]),
    ]) {
      await expect(decompressed(by, wrong)).rejects.toMatchObject(refusedData);
    }
  });

  withAll('that becomes more than it may is refused, however small it is', async () => {
    // Once far beyond, and once by a little: the system allows some more than that.
    const bomb = compressed(by, Buffer.alloc(16 * mebibyte));
    for (const most of [mebibyte, 16 * mebibyte - 1]) {
      await expect(decompressed(by, bomb, bound(most))).rejects.toThrow(`more than ${most}`);
    }
    await expect(decompressed(by, compressed(by, disk), bound(disk.length - 1))).rejects.toThrow('more than');
    expect((await decompressed(by, compressed(by, disk), bound(disk.length))).length).toBe(disk.length);
  });
});

describe('compressed data that asks for much memory', () => {
  withAll('is refused', async () => {
    // A raw block in a frame that says its window is a gibibyte (RFC 8878, 3.1.1.1.2).
    const zstd = Buffer.from([
      0x28,
      0xb5,
      0x2f,
      0xfd,
      0x00,
      (30 - 10) << 3,
      (5 << 3) | 1,
      0,
      0,
      ...Buffer.from('hello'),
    ]);
    // The dictionary's size is the fifth byte of the block header, which a checksum of it follows.
    const xz = compressed('xz', Buffer.from('hello'));
    const header = xz.subarray(12, 12 + (xz[12]! + 1) * 4);
    expect(header.subarray(1, 4)).toEqual(Buffer.from([0, 0x21, 1]));
    header[4] = 36;
    header.writeUInt32LE(crc32(header.subarray(0, -4)), header.length - 4);
    await expect(decompressed('zstd', zstd)).rejects.toMatchObject(refusedData);
    await expect(decompressed('xz', xz)).rejects.toMatchObject(refusedData);
    zstd[5] = (20 - 10) << 3;
    expect((await decompressed('zstd', zstd)).toString()).toBe('hello');
  });
});

describe('a disk that a site wants in another format', () => {
  const convert = (data: Buffer, format: string, to: 'raw' | 'qcow2', within = roomy) =>
    reworked(data, (rework) => rework.convert(format, to, within));
  const same = (data: Buffer, format: string) => {
    const file = join(dir, 'result');
    writeFileSync(file, data);
    execFileSync('qemu-img', ['compare', '-f', format, '-F', 'raw', file, join(dir, 'disk.raw')]);
  };

  withQemu('is made of every format that is read', async () => {
    for (const [name, format] of [
      ['qcow2', 'qcow2'],
      ['vmdk', 'vmdk'],
      ['vdi', 'vdi'],
      ['vhdx', 'vhdx'],
      ['vpc', 'vhd'],
    ] as const) {
      const raw = await convert(made(name, ...(name === 'vpc' ? ['-o', 'force_size=on'] : [])), format, 'raw');
      expect(raw.equals(disk)).toBe(true);
    }
    same(await convert(disk, 'raw', 'qcow2'), 'qcow2');
  });

  withAll('is decompressed before', async () => {
    const data = compressed('zstd', made('qcow2'));
    const raw = await reworked(data, async (rework) => {
      await rework.decompress('zstd', roomy);
      await rework.convert('qcow2', 'raw', roomy);
    });
    expect(raw.equals(disk)).toBe(true);
  });

  withQemu('is looked at before the program sees it, and is no larger than it may be', async () => {
    const child = join(dir, 'child.qcow2');
    writeFileSync(join(dir, 'base.qcow2'), made('qcow2'));
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', join(dir, 'base.qcow2'), '-F', 'qcow2', child]);
    await expect(convert(readFileSync(child), 'qcow2', 'raw')).rejects.toThrow('backing file');
    await expect(convert(made('qcow2'), 'vmdk', 'raw')).rejects.toThrow('not the declared vmdk');
    await expect(convert(made('qcow2'), 'qcow2', 'raw', bound(disk.length - 1))).rejects.toThrow('virtual size');
    await expect(convert(disk, 'raw', 'qcow2', bound(64 * 1024))).rejects.toThrow('more than 65536');
  });
});
