import { setTimeout as sleep } from 'node:timers/promises';
import type { SqlExecutor } from '@cloud-images/event-store';
import { canonicalJson, checkpointDigest, signCheckpoint, type Checkpoint } from '@cloud-images/ledger';
import type { Logger } from '@cloud-images/service-kit';
import { checkpointsFrom, latestCheckpoint } from '../ledger/checkpoints.query.js';
import { sizeOf } from '../ledger/known.query.js';
import type { Sealer } from '../ledger/sealer.js';
import type { Deposit } from './deposits.js';
import type { SigningKey } from './key-files.js';

export interface CheckpointsOptions {
  readonly sql: SqlExecutor;
  readonly sealer: Sealer;
  readonly ledgerId: string;
  readonly key: SigningKey;
  readonly deposits: readonly Deposit[];
  /** One is due when so much time has passed since the last, or so many events were sealed. */
  readonly everySeconds: number;
  readonly everyEvents: number;
  readonly log: Logger;
}

const ROUND_MS = 1_000;
const DEPOSITS_A_ROUND = 100;

/** Signs the ledger's size and root now and then, and deposits what was signed where the ledger's database can't reach. */
export class Checkpoints {
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;

  constructor(private readonly options: CheckpointsOptions) {}

  start(): void {
    this.running ??= this.loop();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.round();
      } catch (error) {
        this.options.log.warn({ err: error }, 'a checkpoint could not be signed; it is tried again');
      }
      await sleep(ROUND_MS * (0.8 + Math.random() * 0.4), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Signs when it is due, then deposits what is not deposited yet. */
  async round(): Promise<void> {
    if (await this.isDue(this.options.sql)) await this.seal();
    await Promise.all(this.options.deposits.map((deposit) => this.deposit(deposit)));
  }

  /** Null when there is nothing new to sign. */
  async seal(): Promise<Checkpoint | null> {
    const { sealer, ledgerId, key } = this.options;
    return sealer.exclusively(async (sql, edge) => {
      const previous = await latestCheckpoint(sql);
      if (edge.size <= (previous?.size ?? 0)) return null;
      const checkpoint = signCheckpoint(
        {
          ledger: ledgerId,
          size: edge.size,
          root: edge.root().toString('hex'),
          time: new Date().toISOString(),
          previous: previous === null ? null : checkpointDigest(previous),
          key_id: key.id,
        },
        key.privateKey,
      );
      void sql.query('INSERT INTO ledger.checkpoints (size, checkpoint, digest) VALUES ($1, $2, $3)', [
        checkpoint.size,
        canonicalJson(checkpoint),
        checkpointDigest(checkpoint),
      ]);
      return checkpoint;
    });
  }

  private async isDue(sql: SqlExecutor): Promise<boolean> {
    const { everySeconds, everyEvents } = this.options;
    const { rows } = await sql.query<{ size: string; age: number }>(
      `SELECT size::text AS size, extract(epoch FROM clock_timestamp() - sealed_at)::float8 AS age
         FROM ledger.checkpoints ORDER BY size DESC LIMIT 1`,
      [],
      'last_checkpoint',
    );
    const last = rows[0];
    const fresh = (await sizeOf(sql)) - Number(last?.size ?? 0);
    return fresh > 0 && (last === undefined || last.age >= everySeconds || fresh >= everyEvents);
  }

  private async deposit({ place, put }: Deposit): Promise<void> {
    const { sql, log } = this.options;
    try {
      const { rows } = await sql.query<{ size: string }>(
        'SELECT size::text AS size FROM intake.deposits WHERE place = $1',
        [place],
        'deposited',
      );
      const last = Number(rows[0]?.size ?? 0);
      for (const checkpoint of await checkpointsFrom(sql, last + 1, DEPOSITS_A_ROUND)) {
        await put(checkpoint);
        await sql.query(
          `INSERT INTO intake.deposits (place, size) VALUES ($1, $2)
           ON CONFLICT (place) DO UPDATE SET size = greatest(deposits.size, excluded.size)`,
          [place, checkpoint.size],
          'note_deposit',
        );
      }
    } catch (error) {
      log.warn({ err: error, place }, 'a checkpoint could not be deposited; it is tried again');
    }
  }
}
