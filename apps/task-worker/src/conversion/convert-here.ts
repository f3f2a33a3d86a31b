import { runLimited, type Limits } from './run-limited.js';

/** Disk formats that it makes a VHD of. */
export const convertible: readonly string[] = ['qcow2', 'vmdk', 'vdi', 'vhdx'];

export const subformats = ['dynamic', 'fixed'] as const;
export type Subformat = (typeof subformats)[number];

export interface FileConversion {
  /** Absolute; has the source, and gets the VHD. */
  readonly dir: string;
  /** Of the source; the program never guesses. */
  readonly format: string;
  readonly subformat: Subformat;
  readonly signal: AbortSignal;
}

/** Makes the VHD in a directory of the source there. Throws `TaskFailure` for what it can't convert. */
export type ConvertFile = (conversion: FileConversion) => Promise<void>;

/** In the directory of a conversion. */
export const sourceName = 'from';
export const vhdName = 'to.vhd';

/** By `qemu-img`, as a process of this one under limits. */
export const convertHere =
  ({ program, ...limits }: { readonly program: string } & Omit<Limits, 'signal' | 'cwd'>): ConvertFile =>
  ({ dir, format, subformat, signal }) => {
    const options = `subformat=${subformat},force_size=on`;
    const files = [`${dir}/${sourceName}`, `${dir}/${vhdName}`];
    const args = ['convert', '-f', format, '-O', 'vpc', '-o', options, '--', ...files];
    return runLimited(program, args, { ...limits, signal, cwd: dir });
  };
