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
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { withQemu } from '../../../../test/support/with-programs.js';
import { logger } from '@cloud-images/service-kit';
import { convertApart } from './convert-apart.js';
import { convertHere } from './convert-here.js';
import { Converter } from './converter.js';
import { serveConversions, type ConverterServer } from './converter-server.js';
import { directoryOf } from './scratch.js';

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

interface Limits {
  readonly program: string;
  readonly memoryBytes: number;
}

const maxBytes = 64 * mebibyte;
const seconds = 20;
const of = (but: Partial<Limits>) => ({
  ...{ program: 'qemu-img', memoryBytes: 1024 * mebibyte, maxBytes, seconds },
  ...but,
});
const socketOf = () => join(scratch, 'socket');
const servers: ConverterServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

/** Where conversions run: as processes of this one, or of one that is asked over a socket. */
const ways = {
  here: async (but: Partial<Limits>) => convertHere(of(but)),
  apart: async (but: Partial<Limits>) => {
    const socketPath = socketOf();
    const convert = convertHere(of(but));
    servers.push(await serveConversions({ socketPath, scratchDir: scratch, convert, log: logger('test', 'silent') }));
    return convertApart({ socketPath, seconds });
  },
};

const converter = async (way: keyof typeof ways = 'here', but: Partial<Limits> = {}) =>
  new Converter({ scratchDir: scratch, convert: await ways[way](but), maxBytes, seconds, subformat: 'dynamic' });

function made(format: string, ...more: string[]): string {
  const file = join(dir, `${randomUUID()}.${format}`);
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, ...more, disk, file]);
  return file;
}

async function convert(file: string, format: string, by?: Converter, signal = new AbortController().signal) {
  const source = createReadStream(file);
  return (by ?? (await converter())).toVhd({ taskId: 't', format, source, size: statSync(file).size, signal });
}

const leftovers = (): string[] =>
  readdirSync(scratch, { recursive: true })
    .map(String)
    .filter((name) => name.includes('t.'));

describe.each(['here', 'apart'] as const)('a conversion to VHD, %s,', (way) => {
  withQemu.each(['qcow2', 'vmdk', 'vdi', 'vhdx'])(
    'of %s has the content of the source, and nothing is left',
    async (format) => {
      const by = await converter(way);
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
    await expect(convert(made('qcow2'), 'vmdk', await converter(way))).rejects.toThrow(
      'The image can not be converted',
    );
    expect(leftovers()).toEqual([]);
  });

  withQemu('of a disk with a backing file is refused', async () => {
    const file = join(dir, 'child.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', made('qcow2'), '-F', 'qcow2', file]);
    await expect(convert(file, 'qcow2', await converter(way))).rejects.toThrow('The image can not be converted');
  });

  withQemu('of a small file that says it is a petabyte is refused', async () => {
    const file = join(dir, 'bomb.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', 'cluster_size=2M', file, '1P']);
    expect(statSync(file).size).toBeLessThan(16 * mebibyte);
    await expect(convert(file, 'qcow2', await converter(way))).rejects.toThrow('The image can not be converted');
    expect(leftovers()).toEqual([]);
  });

  withQemu('of a damaged image fails with what the program says, without our paths', async () => {
    const file = made('qcow2');
    const damaged = join(dir, 'damaged.qcow2');
    const content = readFileSync(file);
    content.fill(0xff, 65_536, 131_072);
    content.fill(0xff, 196_608, 262_144);
    writeFileSync(damaged, content);
    const failed = await convert(damaged, 'qcow2', await converter(way)).catch((error: Error) => error);
    expect(failed).toMatchObject({ name: 'TaskFailure' });
    expect((failed as Error).message).not.toContain(scratch);
    expect(leftovers()).toEqual([]);
  });

  withQemu('that needs more memory than it may is ended by the system', async () => {
    const file = made('qcow2');
    await expect(convert(file, 'qcow2', await converter(way, { memoryBytes: 16 * mebibyte }))).rejects.toThrow(
      'it went over its limits',
    );
    expect(leftovers()).toEqual([]);
  });

  withQemu('is given up when it is told to', async () => {
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(convert(made('qcow2'), 'qcow2', await converter(way), abort.signal)).rejects.toThrow();
    expect(leftovers()).toEqual([]);
  });

  it('where the program is missing says what to install', async () => {
    const qcow2 = Buffer.alloc(65_536);
    qcow2.write('QFI\xfb', 'latin1');
    qcow2.writeUInt32BE(2, 4);
    qcow2.writeUInt32BE(16, 20);
    qcow2.writeBigUInt64BE(BigInt(mebibyte), 24);
    const missing = (await converter(way, { program: 'no-such-qemu-img' })).toVhd({
      ...{ taskId: 't', format: 'qcow2', size: qcow2.length, signal: new AbortController().signal },
      source: Readable.from([qcow2]),
    });
    await expect(missing).rejects.toThrow(
      'no-such-qemu-img is missing. Its operator can install it (package qemu-utils).',
    );
  });
});

describe('what conversions leave', () => {
  it('is removed when its process is no more, or ran elsewhere too long ago', async () => {
    const root = join(scratch, 'cloud-images-tasks');
    const own = directoryOf('t').split('.').slice(0, 2).join('.');
    const [gone, alive] = [`${own}.${spawnSync('true').pid}`, `${own}.${process.ppid}`];
    const [old, fresh] = ['t.another-host.7', `t.yet-another-host.${process.pid}`];
    for (const name of [gone, alive, old, fresh]) mkdirSync(join(root, name), { recursive: true });
    const longAgo = new Date(Date.now() - 5_000 * seconds);
    utimesSync(join(root, old), longAgo, longAgo);
    await (await converter()).clearLeftovers();
    expect(leftovers().sort()).toEqual([alive, fresh].map((name) => `cloud-images-tasks/${name}`).sort());
  });
});

describe('the converter apart', () => {
  const slow = () => {
    const program = join(dir, 'slow');
    writeFileSync(program, '#!/bin/sh\necho $$ > pid\nexec sleep 30\n', { mode: 0o755 });
    return program;
  };
  const directory = directoryOf('t');
  const place = () => join(scratch, 'cloud-images-tasks', directory);
  const pidThere = async () => {
    for (let tries = 0; tries < 500; tries += 1) {
      const text = await readFile(join(place(), 'pid'), 'utf8').catch(() => '');
      if (text.endsWith('\n')) return Number(text);
      await sleep(10);
    }
    throw new Error('the program never began');
  };
  const untilGone = async (pid: number) => {
    for (let tries = 0; tries < 500 && spawnSync('kill', ['-0', String(pid)]).status === 0; tries += 1) await sleep(10);
    return spawnSync('kill', ['-0', String(pid)]).status !== 0;
  };
  const ask = (body: string, path = '/conversions') =>
    new Promise<number>((resolve, reject) => {
      const call = request({ socketPath: socketOf(), path, method: 'POST' }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      });
      call.on('error', reject).end(body);
    });

  it('ends a conversion when nobody waits for it any more, or when it is stopped itself', async () => {
    const convertSlowly = await ways.apart({ program: slow() });
    mkdirSync(place(), { recursive: true });
    const asked = { dir: place(), format: 'qcow2', target: 'raw', maxBytes } as const;
    const hangUp = new AbortController();
    const first = convertSlowly({ ...asked, signal: hangUp.signal });
    const pid = await pidThere();
    hangUp.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(await untilGone(pid)).toBe(true);
    rmSync(join(place(), 'pid'));
    const second = convertSlowly({ ...asked, signal: new AbortController().signal });
    second.catch(() => undefined);
    const next = await pidThere();
    await servers.pop()?.stop();
    await expect(second).rejects.toThrow();
    expect(await untilGone(next)).toBe(true);
  });

  const sound = { directory, format: 'qcow2', target: 'raw', max_bytes: 1 };
  it.each([
    ['a directory elsewhere', { ...sound, directory: '../../etc' }],
    ['a format of its own', { ...sound, format: 'raw -O vpc' }],
    ['a target of its own', { ...sound, target: 'fixed vhd,backing_file=/etc/passwd' }],
    ['what nothing does', { ...sound, target: 'decompressed' }],
    ['no size', { ...sound, max_bytes: '1; rm' }],
    ['no directory', { ...sound, directory: undefined }],
    ['null', null],
  ])('refuses %s', async (_what, question) => {
    await ways.apart({ program: slow() });
    expect(await ask(JSON.stringify(question))).toBe(400);
    expect(await ask('{')).toBe(400);
    expect(await ask('x'.repeat(5_000))).toBe(400);
    expect(await ask('{}', '/elsewhere')).toBe(404);
  });

  it('that is not there is an error of the way to it, and not of the image', async () => {
    const nowhere = convertApart({ socketPath: socketOf(), seconds });
    const failed = nowhere({
      ...{ dir: place(), format: 'qcow2', target: 'raw', maxBytes, signal: new AbortController().signal },
    });
    await expect(failed).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
