import { headBytes, isOngoing, type Examiner } from './examination.js';
import type { ContentFormat, Finding } from './finding.js';
import { examineIso } from './iso.js';
import { examineLuks } from './luks.js';
import { examinePartitionTable } from './partition-table.js';
import { examineQcow2 } from './qcow2.js';
import { examineQed } from './qed.js';
import { Running } from './running.js';
import { Tail } from './tail.js';
import { examineVdi } from './vdi.js';
import { fixedVhd, examineVhd, type VhdFinding, type VhdParts } from './vhd.js';
import { examineVhdx } from './vhdx.js';
import { examineVmdk } from './vmdk.js';

const examiners: readonly Examiner[] = [
  examineQcow2,
  examineQed,
  examineVmdk,
  examineVhd,
  examineVhdx,
  examineVdi,
  examineIso,
  examineLuks,
  examinePartitionTable,
];

/** The most that an examiner asks for of the end. */
const tailBytes = 1536;

export interface Inspection {
  /** Bytes so far; all of them when `whole`. */
  readonly size: number;
  readonly whole: boolean;
  /** The formats that the content was recognised as by now. */
  readonly formats: readonly ContentFormat[];
  /** What was found in those whose examination has ended. */
  readonly findings: readonly Finding[];
  /** Whether more of the content could show it to be of a format that is not among `formats`, a fixed VHD apart. */
  readonly undecided: boolean;
  /** What there is of a VHD, once the content is whole. */
  readonly vhd: VhdParts | null;
}

/**
 * Looks at content as it streams by, at a cost of next to nothing after the first 70 KiB: it keeps those, the last 1536
 * bytes, and what the headers point to (1 MiB at most). Any bytes will do; it never throws.
 */
export class ContentInspector {
  readonly #head = Buffer.allocUnsafe(headBytes);
  readonly #tail = new Tail(tailBytes);
  readonly #found: Finding[] = [];
  #running: Running[] = [];
  #begun = false;
  #ended = false;
  #size = 0;

  /** Returns whether something was learned that `soFar` did not say before. */
  see(chunk: Buffer): boolean {
    const start = this.#size;
    this.#size += chunk.length;
    this.#tail.take(chunk);
    let rest = chunk;
    let learned = false;
    if (!this.#begun) {
      rest = chunk.subarray(chunk.copy(this.#head, start));
      if (this.#size < headBytes) return false;
      this.#begin();
      learned = true;
    }
    for (const one of this.#running) one.take(rest, this.#size - rest.length);
    return this.#settle() || learned;
  }

  get soFar(): Inspection {
    const sure = this.#running.flatMap(({ format }) => format ?? []);
    return {
      size: this.#size,
      whole: this.#ended,
      formats: [...this.#found.map(({ format }) => format), ...sure],
      findings: this.#found,
      undecided: !this.#begun || this.#running.length > sure.length,
      vhd: this.#ended ? this.#vhd() : null,
    };
  }

  /** The content has ended. */
  finish(): Inspection {
    if (!this.#begun) this.#begin();
    for (const one of this.#running) one.finish(this.#size, (bytes) => this.#tail.last(bytes));
    this.#settle();
    this.#ended = true;
    return this.soFar;
  }

  #begin(): void {
    this.#begun = true;
    const head = this.#head.subarray(0, Math.min(this.#size, headBytes));
    for (const examine of examiners) {
      const one = examine(head);
      if (one && isOngoing(one)) this.#running.push(new Running(one, head));
      else if (one) this.#found.push(one);
    }
  }

  /** Moves what has ended from the running to the found. */
  #settle(): boolean {
    const ended = this.#running.filter(({ finding }) => finding !== undefined);
    if (ended.length === 0) return false;
    this.#running = this.#running.filter(({ finding }) => finding === undefined);
    this.#found.push(...ended.flatMap(({ finding }) => finding ?? []));
    return true;
  }

  #vhd(): VhdParts {
    const found = this.#found.find((one): one is VhdFinding => 'vhd' in one);
    return found?.vhd ?? fixedVhd({ bytes: this.#tail.last(), size: this.#size });
  }
}
