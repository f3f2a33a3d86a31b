import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ContentInspector, judge } from '@cloud-images/disk-formats';
import { TaskFailure } from '../task/runner.js';
import { sourceName, vhdName, type ConvertFile, type Subformat } from './convert-here.js';
import { directoryOf, isLeft, rootOf } from './scratch.js';

export interface ConverterOptions {
  /** Of the files of all conversions; made when it is not there. */
  readonly scratchDir: string;
  /** Here or apart. */
  readonly convert: ConvertFile;
  /** Of each file, and of the disk in it. */
  readonly maxBytes: number;
  /** That a conversion may take. */
  readonly seconds: number;
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

/**
 * Disk formats by `qemu-img`: on files of a private directory, with explicit formats, under limits of memory, time and
 * size, after the data was looked at. Nothing of it outlives the task; a dead process's files are removed at the next start.
 */
export class Converter {
  private readonly root: string;

  constructor(private readonly options: ConverterOptions) {
    this.root = rootOf(options.scratchDir);
  }

  /** The whole VHD is there, in a file, when this returns: its size is known. Throws `TaskFailure`. */
  async toVhd({ taskId, format, source, size, signal }: Conversion): Promise<{ size: number; source: Readable }> {
    const { maxBytes, convert, subformat } = this.options;
    await this.clear(taskId);
    const dir = join(this.root, directoryOf(taskId));
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const [from, to] = [join(dir, sourceName), join(dir, vhdName)];
    try {
      if (size > maxBytes) throw new TaskFailure('The image is too large to be converted.');
      await pipeline(Readable.from(this.inspected(source, format)), createWriteStream(from, { mode: 0o600 }), {
        signal,
      });
      await convert({ dir, format, subformat, signal });
      await rm(from);
      return { size: (await stat(to)).size, source: createReadStream(to, { highWaterMark: 1024 ** 2 }) };
    } catch (error) {
      await this.clear(taskId);
      throw noRoom(error);
    }
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

  private async isOld(directory: string): Promise<boolean> {
    const { mtimeMs } = await stat(directory).catch(() => ({ mtimeMs: Date.now() }));
    // The clock may run for twice the CPU; its VHD is read after that.
    return Date.now() - mtimeMs > 4_000 * this.options.seconds;
  }

  private async found(): Promise<string[]> {
    return readdir(this.root).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
  }

  /** It was looked at when it came in; whoever starts a program on it looks again, by the rules of today. */
  private async *inspected(source: Readable, diskFormat: string): AsyncGenerator<Buffer> {
    const inspector = new ContentInspector();
    const claim = { diskFormat, maxVirtualSize: this.options.maxBytes };
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (inspector.see(chunk)) refuse(judge(inspector.soFar, claim));
      yield chunk;
    }
    inspector.finish();
    refuse(judge(inspector.soFar, claim));
  }
}

function refuse(verdict: ReturnType<typeof judge>): void {
  if (verdict !== null && verdict.kind !== 'match') {
    throw new TaskFailure(`The image can not be converted: ${verdict.says}`);
  }
}

const noRoom = (error: unknown): unknown =>
  (error as NodeJS.ErrnoException).code === 'ENOSPC'
    ? new TaskFailure('There is no room to convert the image.')
    : error;
