import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Checkpoint, SealingKey } from '@cloud-images/ledger';
import type { SeededRandom } from '../support/seeded-random.ts';
import { endLine, headLine, LedgerMaker, lineOf, type Row } from './sealed-ledger.ts';

export interface FiledLedgerOptions {
  readonly events: number;
  /** Events from one checkpoint to the next. */
  readonly aCheckpoint: number;
  /** Of the event that may be exchanged. */
  readonly position: number;
}

/** As many events as the service exports at a time. */
const PAGE = 1_000;

/** A ledger whose rows are in a file; in memory are its checkpoints and one row. */
export class FiledLedger {
  /** The row that may be exchanged, and where in the file its line begins and ends. */
  private kept: { row: Row; start: number; end: number } | null = null;
  private readonly file: string;
  private readonly maker: LedgerMaker;

  private constructor(
    directory: string,
    random: SeededRandom,
    private readonly options: FiledLedgerOptions,
  ) {
    this.file = join(directory, 'rows.ndjson');
    this.maker = new LedgerMaker(random);
  }

  static async make(directory: string, random: SeededRandom, options: FiledLedgerOptions): Promise<FiledLedger> {
    const ledger = new FiledLedger(directory, random, options);
    await pipeline(Readable.from(ledger.pages()), createWriteStream(ledger.file));
    return ledger;
  }

  get id(): string {
    return this.maker.id;
  }

  get keys(): readonly SealingKey[] {
    return this.maker.keys;
  }

  get checkpoints(): readonly Checkpoint[] {
    return this.maker.checkpoints;
  }

  get row(): Row {
    return this.there.row;
  }

  /** The whole ledger, as the service exports it, perhaps with another row at `position`; returns how many bytes it has. */
  async export(to: string, instead: Row = this.row): Promise<number> {
    await pipeline(Readable.from(this.exported(instead)), createWriteStream(to));
    return (await stat(to)).size;
  }

  private get there() {
    if (this.kept === null) throw new RangeError(`the ledger has no event ${this.options.position}`);
    return this.kept;
  }

  private *pages(): Generator<Buffer> {
    const { events, aCheckpoint, position } = this.options;
    let page: Buffer[] = [];
    for (let size = 1, start = 0; size <= events; size += 1) {
      const row = this.maker.next();
      const line = Buffer.from(`${lineOf(row)}\n`);
      const end = start + line.length;
      page.push(line);
      if (row.entry.position === position) this.kept = { row, start, end };
      start = end;
      if (size % aCheckpoint === 0 || size === events) this.maker.sign(row.entry.time);
      if (size % PAGE !== 0 && size !== events) continue;
      yield Buffer.concat(page);
      page = [];
    }
  }

  private async *exported(instead: Row): AsyncGenerator<string | Buffer> {
    const { events: to } = this.options;
    const { start, end } = this.there;
    const checkpoint = this.checkpoints.at(-1) ?? null;
    yield `${headLine(this.id, { from: 0, to, before: [], after: [], checkpoint })}\n`;
    if (start > 0) yield* createReadStream(this.file, { end: start - 1 });
    yield `${lineOf(instead)}\n`;
    yield* createReadStream(this.file, { start: end });
    yield `${endLine(to)}\n`;
  }
}
