import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { AnyEvent } from '@cloud-images/contracts';
import type { ForeignProjection } from '../inbox/inbox.js';
import type { Aggregate, RebuildableProjection, SqlExecutor } from '../port.js';
import { failureCode, lockTimeout } from '../postgres/failures.js';
import { compareReadModels, type ComparedTables, type TableComparison } from './compare.js';
import { exclusively } from './exclusively.js';
import { InboxFold } from './inbox-fold.js';
import { analysed, withIndexes, withoutIndexes } from './indexes.js';
import { LogFold } from './log-fold.js';
import { createShadow, dropLeftovers, renameSchemas, retireTables } from './schemas.js';
import { inTransaction, openSession } from './session.js';

export interface RebuildOptions<State, E extends AnyEvent> {
  /** Connects as the owner of the schemas. */
  readonly ownerUrl: string;
  /** Gets the rights on the rebuilt read model that it had on the live one. */
  readonly serviceRole: string;
  /** Makes the empty read model, in the first schema of the search path. */
  readonly create: (sql: SqlExecutor) => Promise<void>;
  /** Every table of the read model. */
  readonly tables: ComparedTables;
  readonly aggregate: Aggregate<State, E>;
  readonly projections: readonly RebuildableProjection<State, E>[];
  readonly foreignProjections: readonly ForeignProjection[];
  /** false: compare only, and leave the live read model as it is. */
  readonly swap: boolean;
  /** How long an index waits for who reads since before it was begun; default a minute. */
  readonly patienceMs?: number;
}

export interface Rebuilt {
  readonly events: number;
  readonly foreignEvents: number;
  /** Until everything was folded and the rebuilt read model followed the live log. */
  readonly foldedMs: number;
  readonly tables: readonly TableComparison[];
  /** How long commands had to wait, at most, for the comparison's snapshot and for the swap. */
  readonly pausedMs: readonly number[];
  readonly swapped: boolean;
}

/** One rebuild of a database at a time. */
export const REBUILD_TURN = 7_215_361_908;
const TURN_PATIENCE_MS = 5_000;

/**
 * Rebuilds a read model from the log beside the live one, which keeps serving and changing; compares the two, row for
 * row, at one place in the log; then swaps. Cut off anywhere it leaves the live one whole, and the next run starts anew.
 */
export async function rebuildReadModel<State, E extends AnyEvent>(options: RebuildOptions<State, E>): Promise<Rebuilt> {
  const sessions: pg.Client[] = [];
  try {
    const writer = await openSession(options.ownerUrl, options.patienceMs);
    sessions.push(writer);
    const reader = await openSession(options.ownerUrl, options.patienceMs);
    sessions.push(reader);
    await takeTurn(writer);
    await dropLeftovers(writer);
    return await new Rebuild(options, reader, writer).run();
  } finally {
    await Promise.all(sessions.map((session) => session.end()));
  }
}

/** One that was killed holds its turn until the server notices, which takes it a second. */
async function takeTurn(session: pg.Client): Promise<void> {
  for (const deadline = Date.now() + TURN_PATIENCE_MS; ; await sleep(100)) {
    const { rows } = await session.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [REBUILD_TURN]);
    if (rows[0]?.mine === true) return;
    if (Date.now() >= deadline) throw new Error('another rebuild of this read model is under way');
  }
}

class Rebuild<State, E extends AnyEvent> {
  private readonly log: LogFold<State, E>;
  private inbox!: InboxFold;

  constructor(
    private readonly options: RebuildOptions<State, E>,
    private readonly reader: pg.Client,
    private readonly writer: pg.Client,
  ) {
    this.log = new LogFold(options.aggregate, options.projections);
  }

  async run(): Promise<Rebuilt> {
    const began = performance.now();
    try {
      await this.fill();
      const foldedMs = performance.now() - began;
      const compared = await this.compare();
      const swapPausedMs = this.options.swap ? [await this.swap()] : [];
      return {
        events: this.log.events,
        foreignEvents: this.inbox.events,
        foldedMs,
        tables: compared.result,
        pausedMs: [compared.pausedMs, ...swapPausedMs],
        swapped: this.options.swap,
      };
    } finally {
      // Of no use to anybody; what can't be removed now, the next run removes.
      await dropLeftovers(this.writer).catch(() => undefined);
    }
  }

  private async fill(): Promise<void> {
    const { create, serviceRole, foreignProjections } = this.options;
    await inTransaction(this.writer, (sql) => createShadow(sql, create, serviceRole));
    const tables = await withoutIndexes(this.writer);
    this.inbox = await InboxFold.on(this.writer, foreignProjections);
    await this.log.fromTheStart(this.reader, this.writer);
    await withIndexes([this.writer, this.reader], tables);
    // Before anything is analysed: what is known to be empty is read whole, by every event, however it grows.
    await this.inbox.follow();
    await analysed([this.writer, this.reader], tables);
    await this.follow();
  }

  private async follow(): Promise<void> {
    await this.log.follow(this.reader, this.writer);
    await this.inbox.follow();
  }

  /** Commands wait only for the snapshot in which both are at the same place; the comparison takes its time. */
  private async compare(): Promise<{ result: TableComparison[]; pausedMs: number }> {
    const { pausedMs } = await exclusively(
      this.writer,
      () => this.follow(),
      async () => {
        await this.finish();
        await this.reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
        await this.reader.query('SELECT 1');
      },
    );
    const result = await compareReadModels(this.reader, this.options.tables);
    await this.reader.query('COMMIT');
    return { result, pausedMs };
  }

  private async swap(): Promise<number> {
    const { pausedMs } = await exclusively(
      this.writer,
      () => this.follow(),
      async () => {
        await this.finish(renameSchemas);
        const retired = inTransaction(this.writer, async (sql) => retireTables(sql, Object.keys(this.options.tables)));
        await retired.catch((error: unknown) => {
          // A read of the old tables still runs; `run`, which drops them, waits for it while commands go on.
          if (failureCode(error) !== lockTimeout) throw error;
        });
      },
    );
    return pausedMs;
  }

  /** What is left of the log and of the inbox and, together with it, `last`. */
  private async finish(last: (sql: SqlExecutor) => void = () => undefined): Promise<void> {
    const committed = await inTransaction(this.writer, async (sql) => {
      const done = [await this.log.finish(sql), await this.inbox.finish(sql)];
      last(sql);
      return done;
    });
    for (const done of committed) done();
  }
}
