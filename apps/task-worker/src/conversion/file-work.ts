import { compressions, type Compression } from '@cloud-images/disk-formats';

// What may be done with a file that people sent, as words of our own lists. The command line is composed here from them
// alone, wherever it runs.

/** Disk formats that `qemu-img` reads for us, by the name that it has for each. It never guesses. */
const readable: Readonly<Record<string, string>> = {
  ...{ raw: 'raw', qcow2: 'qcow2', vmdk: 'vmdk', vdi: 'vdi', vhdx: 'vhdx', vhd: 'vpc' },
};

/** What it writes: a VHD of the virtual size to the byte, or what a site keeps its images as. */
const writable = {
  'dynamic vhd': ['vpc', '-o', 'subformat=dynamic,force_size=on'],
  'fixed vhd': ['vpc', '-o', 'subformat=fixed,force_size=on'],
  raw: ['raw'],
  qcow2: ['qcow2', '-o', 'compat=1.1'],
} as const satisfies Record<string, readonly string[]>;

/**
 * From the standard input to the standard output; what asks for more memory than that to be decompressed is refused. Holes
 * are written, so that the size of the file says how much it was when it went over its limit.
 */
const decompressors: Readonly<Record<Compression, { readonly args: readonly string[]; readonly by: string }>> = {
  gzip: { args: ['-dc'], by: 'gzip' },
  xz: { args: ['-dc', '--format=xz', '--no-sparse', '--threads=1', '--memlimit-decompress=128MiB'], by: 'xz-utils' },
  zstd: { args: ['-dc', '--quiet', '--memory=128MB'], by: 'zstd' },
};

export type Target = keyof typeof writable | 'decompressed';

export const formats: readonly string[] = [...Object.keys(readable), ...compressions];
export const targets: readonly string[] = [...Object.keys(writable), 'decompressed'];

export const isReadable = (format: string): boolean => Object.hasOwn(readable, format);

export interface FileWork {
  /** Of the source: a disk format, or how it is compressed. */
  readonly format: string;
  readonly target: Target;
  /** Of what is written, at most. */
  readonly maxBytes: number;
}

/** In the directory of a task. */
export const sourceName = 'from';
export const resultName = 'to';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** The source is its standard input, the result its standard output; else it opens both itself. */
  readonly piped: boolean;
  /** What people are told it does. */
  readonly doing: 'converted' | 'decompressed';
  /** Where the program comes from. */
  readonly by: string;
}

/** Null: nothing makes this of that. */
export function commandOf({ format, target }: FileWork, dir: string, qemuImg: string): Command | null {
  if (target === 'decompressed') {
    const found = Object.entries(decompressors).find(([name]) => name === format);
    return found ? { program: format, ...found[1], piped: true, doing: 'decompressed' } : null;
  }
  if (!isReadable(format)) return null;
  const files = [`${dir}/${sourceName}`, `${dir}/${resultName}`];
  const args = ['convert', '-f', readable[format]!, '-O', ...writable[target], '--', ...files];
  return { program: qemuImg, args, piped: false, doing: 'converted', by: 'qemu-utils' };
}
