import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { withQemu } from '../../../../test/support/with-qemu.js';
import { Converter, type ConverterOptions } from './converter.js';

const mebibyte = 1024 ** 2;

let dir: string;
let scratch: string;
let disk: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'converter-'));
  disk = join(dir, 'disk.raw');
  const content = Buffer.alloc(3 * mebibyte + 512);
  randomBytes(mebibyte).copy(content, mebibyte);
  writeFileSync(disk, content);
});
beforeEach(() => (scratch = mkdtempSync(join(dir, 'scratch-'))));
afterAll(() => rmSync(dir, { recursive: true }));

const converter = (but: Partial<ConverterOptions> = {}) =>
  new Converter({
    ...{ scratchDir: scratch, program: 'qemu-img', maxBytes: 64 * mebibyte, memoryBytes: 1024 * mebibyte },
    ...{ seconds: 20, subformat: 'dynamic', ...but },
  });

function made(format: string, ...more: string[]): string {
  const file = join(dir, `${randomUUID()}.${format}`);
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, ...more, disk, file]);
  return file;
}

const convert = (file: string, format: string, by = converter(), signal = new AbortController().signal) =>
  by.toVhd({ taskId: 't', format, source: createReadStream(file), size: statSync(file).size, signal });

const leftovers = (): string[] =>
  readdirSync(scratch, { recursive: true })
    .map(String)
    .filter((name) => name.includes('t.'));

describe('a conversion to VHD', () => {
  withQemu.each(['qcow2', 'vmdk', 'vdi', 'vhdx'])(
    'of %s has the content of the source, and nothing is left',
    async (format) => {
      const by = converter();
      const { size, source } = await convert(made(format), format, by);
      const vhd = join(dir, `${randomUUID()}.vhd`);
      await writeFile(vhd, source);
      expect(statSync(vhd).size).toBe(size);
      const compared = spawnSync('qemu-img', ['compare', '-f', 'vpc', '-F', 'raw', vhd, disk], { encoding: 'utf8' });
      expect([compared.status, compared.stdout]).toEqual([0, expect.stringContaining('identical')]);
      await by.clear('t');
      expect(leftovers()).toEqual([]);
    },
    30_000,
  );

  withQemu('of another format than it says is refused before the program sees it', async () => {
    await expect(convert(made('qcow2'), 'vmdk')).rejects.toThrow('The image can not be converted');
    expect(leftovers()).toEqual([]);
  });

  withQemu('of a disk with a backing file is refused', async () => {
    const file = join(dir, 'child.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', made('qcow2'), '-F', 'qcow2', file]);
    await expect(convert(file, 'qcow2')).rejects.toThrow('The image can not be converted');
  });

  withQemu('of a small file that says it is a petabyte is refused', async () => {
    const file = join(dir, 'bomb.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', 'cluster_size=2M', file, '1P']);
    expect(statSync(file).size).toBeLessThan(16 * mebibyte);
    await expect(convert(file, 'qcow2')).rejects.toThrow('The image can not be converted');
    expect(leftovers()).toEqual([]);
  });

  withQemu('of a damaged image fails with what the program says, without our paths', async () => {
    const file = made('qcow2');
    const damaged = join(dir, 'damaged.qcow2');
    const content = readFileSync(file);
    content.fill(0xff, 65_536, 131_072);
    content.fill(0xff, 196_608, 262_144);
    writeFileSync(damaged, content);
    const failed = await convert(damaged, 'qcow2').catch((error: Error) => error);
    expect(failed).toMatchObject({ name: 'TaskFailure' });
    expect((failed as Error).message).not.toContain(scratch);
    expect(leftovers()).toEqual([]);
  });

  withQemu('that needs more memory than it may is ended by the system', async () => {
    const file = made('qcow2');
    await expect(convert(file, 'qcow2', converter({ memoryBytes: 16 * mebibyte }))).rejects.toThrow(
      'it went over its limits',
    );
    expect(leftovers()).toEqual([]);
  });

  withQemu('is given up when it is told to', async () => {
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(convert(made('qcow2'), 'qcow2', converter(), abort.signal)).rejects.toThrow();
    expect(leftovers()).toEqual([]);
  });

  it('where the program is missing says what to install', async () => {
    const qcow2 = Buffer.alloc(65_536);
    qcow2.write('QFI\xfb', 'latin1');
    qcow2.writeUInt32BE(2, 4);
    qcow2.writeUInt32BE(16, 20);
    qcow2.writeBigUInt64BE(BigInt(mebibyte), 24);
    const missing = converter({ program: 'no-such-qemu-img' }).toVhd({
      ...{ taskId: 't', format: 'qcow2', size: qcow2.length, signal: new AbortController().signal },
      source: Readable.from([qcow2]),
    });
    await expect(missing).rejects.toThrow(
      'no-such-qemu-img is missing. Its operator can install it (package qemu-utils).',
    );
  });

  it('removes what processes left that are no more, and nothing of others that live', async () => {
    const root = join(scratch, 'cloud-images-tasks');
    const dead = spawnSync('true').pid;
    for (const pid of [dead, process.ppid]) mkdirSync(join(root, `t.${pid}`), { recursive: true });
    await converter().clearLeftovers();
    expect(leftovers()).toEqual([`cloud-images-tasks/t.${process.ppid}`]);
  });
});
