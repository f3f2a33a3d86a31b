import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Compression } from '@cloud-images/disk-formats';
import { TaskFailure } from '../task/runner.js';
import type { ConvertFile } from './convert-here.js';
import { resultName, sourceName, type FileWork } from './file-work.js';
import { inspected } from './inspected.js';
import { directoryOf, isLeft, rootOf } from './scratch.js';

export const subformats = ['dynamic', 'fixed'] as const;
export type Subformat = (typeof subformats)[number];

export interface ConverterOptions {
  /** Of the files of all conversions; made when it is not there. */
  readonly scratchDir: string;
  /** Here or apart. */
  readonly convert: ConvertFile;
  /** Of each file, and of the disk in it. */
  readonly maxBytes: number;
  /** That a conversion may take. */
  readonly seconds: number;
  /** Of VHDs. */
  readonly subformat: Subformat;
}

export interface Conversion {
  readonly taskId: string;
  /** Of the image; what the data is looked at for, and what the program is told. */
  readonly format: string;
  readonly source: Readable;
  /** bytes */
  readonly size: number;
  readonly signal: AbortSignal;
}

/** Data that becomes the first of the files. */
export interface Received extends Pick<Conversion, 'taskId' | 'source' | 'signal'> {
  /** Told how many bytes have passed. */
  readonly passed?: (bytes: number) => void;
}

/** What a file may become at most, and what is thrown when it would be more. */
export interface Bound {
  readonly bytes: number;
  readonly beyond: () => Error;
}

interface Place {
  readonly dir: string;
  readonly from: string;
  readonly to: string;
}

export interface File {
  /** bytes */
  readonly size: number;
  readonly source: Readable;
}

const readAhead = { highWaterMark: 1024 ** 2 };

/**
 * Disk formats by `qemu-img`, and what is compressed by its program: on files of a private directory, with explicit formats,
 * under limits of memory, time and size, disks after they were looked at. Nothing of it outlives the task; a dead process's
 * files are removed at the next start.
 */
export class Converter {
  private readonly root: string;

  constructor(private readonly options: ConverterOptions) {
    this.root = rootOf(options.scratchDir);
  }

  /** The whole VHD is there, in a file, when this returns: its size is known. Throws `TaskFailure`. */
  async toVhd({ taskId, format, source, size, signal }: Conversion): Promise<File> {
    const { maxBytes, subformat } = this.options;
    return this.in(taskId, signal, async (place) => {
      if (size > maxBytes) throw tooLarge();
      await received(Readable.from(inspected(source, this.claim(format))), place, signal);
      await this.run({ format, target: `${subformat} vhd`, maxBytes }, place, signal);
      await rename(place.to, place.from);
      return fileOf(place);
    });
  }

  /** Begins the rework of data that is written to a file here first. Whoever begins it also clears. */
  async rework<T>({ taskId, source, signal, passed }: Received, steps: (rework: Rework) => Promise<T>): Promise<T> {
    const { maxBytes } = this.options;
    return this.in(taskId, signal, async (place) => {
      await received(source, place, signal, (bytes) => {
        if (bytes > maxBytes) throw tooLarge();
        passed?.(bytes);
      });
      return steps({
        decompress: async (format, bound) => {
          const { bytes, beyond } = this.within(bound);
          await this.bounded({ format, target: 'decompressed', maxBytes: bytes }, place, beyond, signal);
        },
        convert: async (format, target, bound) => {
          const { bytes, beyond } = this.within(bound);
          const look = createReadStream(place.from, readAhead);
          const claim = target === 'raw' ? { ...this.claim(format), maxVirtualSize: bytes } : this.claim(format);
          for await (const _chunk of inspected(look, claim));
          await this.bounded({ format, target, maxBytes: bytes }, place, beyond, signal);
        },
        size: async () => (await stat(place.from)).size,
        file: () => fileOf(place),
      });
    });
  }

  /** Removes what conversions of a task left. */
  async clear(taskId: string): Promise<void> {
    for (const name of await this.found()) {
      if (name.startsWith(`${taskId}.`)) await rm(join(this.root, name), { recursive: true, force: true });
    }
  }

  /**
   * Before the first conversion of a process: removes what processes left that are no more. Of another host's, what no
   * conversion can be at work on any more.
   */
  async clearLeftovers(): Promise<void> {
    for (const name of await this.found()) {
      const directory = join(this.root, name);
      if (isLeft(name) ?? (await this.isOld(directory))) await rm(directory, { recursive: true, force: true });
    }
  }

  private async in<T>(taskId: string, signal: AbortSignal, work: (place: Place) => Promise<T>): Promise<T> {
    await this.clear(taskId);
    const dir = join(this.root, directoryOf(taskId));
    await mkdir(dir, { recursive: true, mode: 0o700 });
    try {
      return await work({ dir, from: join(dir, sourceName), to: join(dir, resultName) });
    } catch (error) {
      await this.clear(taskId);
      throw signal.aborted ? signal.reason : noRoom(error);
    }
  }

  /** The result takes the place of its source, unless it is more than it may be: then whatever went wrong was that. */
  private async bounded(work: FileWork, place: Place, beyond: () => Error, signal: AbortSignal): Promise<void> {
    const size = async () => (await stat(place.to).catch(() => ({ size: 0 }))).size;
    try {
      await this.run(work, place, signal);
    } catch (error) {
      throw (await size()) > work.maxBytes ? beyond() : error;
    }
    if ((await size()) > work.maxBytes) throw beyond();
    await rename(place.to, place.from);
  }

  private run(work: FileWork, { dir }: Place, signal: AbortSignal): Promise<void> {
    return this.options.convert({ ...work, dir, signal });
  }

  private within(bound: Bound): Bound {
    const { maxBytes } = this.options;
    return bound.bytes <= maxBytes ? bound : { bytes: maxBytes, beyond: tooLarge };
  }

  private claim = (diskFormat: string) => ({ diskFormat, maxVirtualSize: this.options.maxBytes });

  private async isOld(directory: string): Promise<boolean> {
    const names = await readdir(directory).catch(() => []);
    const newest = await Promise.all([directory, ...names.map((name) => join(directory, name))].map(changedAt));
    // The clock may run for twice the CPU; its VHD is read after that.
    return Date.now() - Math.max(...newest) > 4_000 * this.options.seconds;
  }

  private async found(): Promise<string[]> {
    return readdir(this.root).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
  }
}

/** One file, which each step puts another in the place of. */
export interface Rework {
  decompress(format: Compression, bound: Bound): Promise<void>;
  /** After a look at it by the rules of today. */
  convert(format: string, target: 'raw' | 'qcow2', bound: Bound): Promise<void>;
  size(): Promise<number>;
  file(): Promise<File>;
}

/** What is gone was changed just now. */
const changedAt = async (path: string): Promise<number> =>
  (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;

const tooLarge = () => new TaskFailure('The image is too large to be converted.');

function received(
  source: Readable,
  { from }: Place,
  signal: AbortSignal,
  passed: (bytes: number) => void = () => undefined,
): Promise<void> {
  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let size = 0;
    for await (const chunk of chunks) {
      passed((size += chunk.length));
      yield chunk;
    }
  }
  return pipeline(source, counted, createWriteStream(from, { mode: 0o600 }), { signal });
}

async function fileOf({ from }: Place): Promise<File> {
  return { size: (await stat(from)).size, source: createReadStream(from, readAhead) };
}

const noRoom = (error: unknown): unknown =>
  (error as NodeJS.ErrnoException).code === 'ENOSPC'
    ? new TaskFailure('There is no room to convert the image.')
    : error;
