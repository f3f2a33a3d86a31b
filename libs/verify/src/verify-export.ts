import type { KeyObject } from 'node:crypto';
import { Frontier, subtreesOf, type Checkpoint } from '@cloud-images/ledger';
import { LineExaminer } from './examine-line.js';
import { readEnd, readHead, readLine, type ExportHead, type ExportedLine } from './exported.js';
import { at, type Finding } from './finding.js';
import { NotTrusted, trustedCheckpoints } from './trust.js';

export interface VerifyOptions {
  /** Lines of an export, without their ends. */
  readonly lines: Iterable<string> | AsyncIterable<string>;
  readonly checkpoints: readonly Checkpoint[];
  /** As `trustedKeys` returns them. */
  readonly keys: ReadonlyMap<string, KeyObject>;
  /** A checkpoint that was kept: the ledger must still have all that it had then. */
  readonly since?: Checkpoint | undefined;
}

export interface Verdict {
  readonly finding: Finding | null;
  readonly events: number;
  /** The size of the largest checkpoint that the events led to; 0: none. */
  readonly provedTo: number;
  /** Events that no checkpoint covered. */
  readonly unproved: number;
}

/**
 * Recomputes the tree from the events and compares it with what was signed. Says of the first place where something shows
 * what it is. Throws `NotTrusted` when there is nothing to verify by.
 */
export async function verifyExport(options: VerifyOptions): Promise<Verdict> {
  const run = new Run(options);
  return run.verdict(await run.find());
}

class Run {
  private readonly checkpoints: Map<number, Checkpoint>;
  private edge = Frontier.empty();
  private events = 0;
  private provedTo = 0;
  /** The size up to which a root was right. */
  private goodTo = 0;
  private from = 0;

  constructor(private readonly options: VerifyOptions) {
    const { checkpoints, since, keys } = options;
    this.checkpoints = trustedCheckpoints(since ? [...checkpoints, since] : checkpoints, keys);
  }

  async find(): Promise<Finding | null> {
    const lines = readerOf(this.options.lines);
    const head = readHead((await lines.next()) ?? '');
    if (head === null) return at(0, 'unreadable', 'it does not begin as an export does');
    if (!head.whole) {
      throw new NotTrusted(
        'an export with conditions leaves events out: prove its events one by one (/v1/proofs/inclusion)',
      );
    }
    return this.begin(head) ?? (await this.read(head, lines)) ?? this.finish(head);
  }

  verdict(finding: Finding | null): Verdict {
    const { events, provedTo, from } = this;
    return { finding, events, provedTo, unproved: Math.max(from + events - Math.max(provedTo, from), 0) };
  }

  private begin(head: ExportHead): Finding | null {
    const { since, keys } = this.options;
    const { from, before = [], checkpoint } = head;
    this.from = from;
    this.goodTo = from;
    // The one that came with the export adds to what is covered; it is as good as its signature.
    if (checkpoint) {
      const merged = trustedCheckpoints([...this.checkpoints.values(), checkpoint], keys);
      for (const [size, one] of merged) this.checkpoints.set(size, one);
    }
    const [first] = this.checkpoints.values();
    if (first && first.ledger !== head.ledger) throw new NotTrusted('the checkpoints are of another ledger');
    if (since && since.size < from)
      throw new NotTrusted('the export begins behind the checkpoint that it is compared with');
    if (subtreesOf({ start: 0, end: from }).length !== before.length) {
      return at(from, 'unreadable', 'what is said of the tree before it can’t be');
    }
    this.edge = Frontier.of(from, before.map(bytes));
    return from > 0 ? this.compare() : null;
  }

  private async read(head: ExportHead, lines: Lines): Promise<Finding | null> {
    const examiner = new LineExaminer(head.from);
    let text = await lines.next();
    for (let line = lineOf(text); text !== null;) {
      const position = head.from + this.events;
      const counted = readEnd(text);
      if (counted !== null) {
        if ((await lines.next()) !== null) return at(position, 'inserted', 'the export goes on behind its last line');
        return counted === this.events ? null : this.wrongCount(counted);
      }
      if (line === null) return at(position, 'changed', 'this line is no event');
      const following = await lines.next();
      const next = lineOf(following);
      const { leaf, finding } = examiner.examine(line, position, next);
      if (finding) return finding;
      this.events += 1;
      this.edge.append(leaf);
      const mismatch = this.compare();
      if (mismatch) return this.nearer(mismatch, next && examiner.examine(next, position + 1, null).finding);
      text = following;
      line = next;
    }
    return at(head.from + this.events, 'truncated', 'the export has no last line: it was cut off');
  }

  /** Where the line behind a checkpoint says what is wrong before it, that says more than the stretch. */
  private nearer(mismatch: Finding, behind: Finding | null): Finding {
    return behind && behind.from >= mismatch.from && behind.from <= mismatch.to ? behind : mismatch;
  }

  private wrongCount(counted: number): Finding {
    const position = this.from + this.events;
    return counted > this.events
      ? at(position, 'removed', `the export counts ${counted} events and has ${this.events}`)
      : at(position - 1, 'inserted', `the export counts ${counted} events and has ${this.events}`);
  }

  private finish({ from, to, after = [], checkpoint }: ExportHead): Finding | null {
    if (from + this.events !== to)
      return at(from + this.events, 'truncated', `the export says that it goes up to ${to}`);
    const behind = Math.max(checkpoint?.size ?? to, to);
    const places = subtreesOf({ start: to, end: behind });
    if (places.length !== after.length) return at(to, 'unreadable', 'what is said of the tree behind it can’t be');
    places.forEach(({ level }, nth) => this.edge.appendSubtree(level, bytes(after[nth] as string)));
    const mismatch = behind > to ? this.compare() : null;
    if (mismatch) return { ...mismatch, to: to - 1 };
    const { since } = this.options;
    if (since && since.size > to) {
      return at(
        to,
        'truncated',
        `the ledger had ${since.size} events at ${since.time}, and the export goes up to ${to}`,
      );
    }
    return null;
  }

  /** At the size of a checkpoint: is this the tree that was signed? */
  private compare(): Finding | null {
    const checkpoint = this.checkpoints.get(this.edge.size);
    if (checkpoint === undefined) return null;
    if (this.edge.root().toString('hex') === checkpoint.root) {
      this.provedTo = checkpoint.size;
      this.goodTo = checkpoint.size;
      return null;
    }
    const { goodTo } = this;
    const to = Math.max(checkpoint.size - 1, goodTo);
    return { ...at(goodTo, 'altered', `they don't lead to the checkpoint of size ${checkpoint.size}`), to };
  }
}

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const lineOf = (text: string | null): ExportedLine | null => (text === null ? null : readLine(text));

interface Lines {
  /** Null at the end. Empty lines are left out. */
  next(): Promise<string | null>;
}

function readerOf(lines: Iterable<string> | AsyncIterable<string>): Lines {
  const iterator =
    Symbol.asyncIterator in lines ? lines[Symbol.asyncIterator]() : (lines as Iterable<string>)[Symbol.iterator]();
  return {
    next: async () => {
      for (;;) {
        const { done, value } = await iterator.next();
        if (done === true) return null;
        if (value !== '') return value;
      }
    },
  };
}
