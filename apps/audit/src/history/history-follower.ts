import { setTimeout as sleep } from 'node:timers/promises';
import { transactOn, type PostgresEventStore, type SqlExecutor } from '@cloud-images/event-store';
import type { LedgerEntry } from '@cloud-images/ledger';
import type { Logger } from '@cloud-images/service-kit';
import { PAGE_BYTES } from '../ledger/find-entries.query.js';
import { applyEntries } from './image-history.projection.js';

export interface HistoryParts {
  readonly pool: PostgresEventStore['pool'];
  readonly sql: SqlExecutor;
  /** Fetches what the services that images are of have recorded and the ledger lacks; throws when one of them is away. */
  readonly fetchAll: () => Promise<void>;
  readonly log: Logger;
}

const BATCH = 200;
const LOOK_MS = 1_000;
/** So long it lets events gather: a round costs more than its events, and whoever asks for the past does not wait for it. */
const REST_MS = 250;
/** An event is committed within so long of the time it bears, as far as its service's own limits go. */
const SETTLED_MS = 1_000;

/**
 * Follows the ledger into the tables of what was when. Several processes may: they take turns, and each batch is one
 * transaction with its place.
 */
export class History {
  private readonly stopping = new AbortController();
  private wakeUp = new AbortController();
  private running: Promise<void> | null = null;
  /** All that was recorded before this moment (ms) is in the ledger. */
  private settledTo = 0;

  constructor(private readonly parts: HistoryParts) {}

  start(): void {
    this.running ??= this.loop();
  }

  /** There is more in the ledger. */
  wake(): void {
    this.wakeUp.abort();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wakeUp.abort();
    await this.running;
  }

  /**
   * Resolves once everything that was recorded up to this moment (ms) is in; it waits a second for the end of the present one.
   * With `present` also all that was acknowledged before the call. Throws when a service whose log is needed is away.
   */
  async reaches(moment: number, { present }: { readonly present: boolean }): Promise<void> {
    if (moment < this.settledTo) {
      if (present) await this.parts.fetchAll();
    } else {
      await sleep(Math.max(moment + SETTLED_MS - Date.now(), 0));
      const now = Date.now();
      await this.parts.fetchAll();
      this.settledTo = Math.max(this.settledTo, now - SETTLED_MS + 1);
    }
    await this.takeAll();
  }

  private async takeAll(): Promise<void> {
    while (!this.stopping.signal.aborted && (await this.round()) > 0);
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    const rest = (ms: number, until: AbortSignal) => sleep(ms, undefined, { signal: until }).catch(() => undefined);
    while (!signal.aborted) {
      this.wakeUp = new AbortController();
      const full = await this.round().then(
        (taken) => taken === BATCH,
        (error: unknown) =>
          this.parts.log.warn({ err: error }, 'the history of images could not go on; it tries again'),
      );
      if (full) continue;
      await rest(REST_MS, signal);
      await rest(LOOK_MS - REST_MS, this.wakeUp.signal);
    }
  }

  /** How many events it took. */
  private round(): Promise<number> {
    return transactOn(this.parts.pool, async (sql) => {
      const place = await sql.query<{ position: string }>(
        'SELECT position::text AS position FROM history.place FOR UPDATE',
        [],
        'history:place',
      );
      const { rows } = await sql.query<{ entry: string }>(
        `SELECT entry FROM (
           SELECT entry, position, sum(octet_length(entry)) OVER (ORDER BY position) - octet_length(entry) AS before
             FROM (SELECT entry, position FROM ledger.events WHERE position >= $1 ORDER BY position LIMIT ${BATCH}) AS next
         ) AS page WHERE before < ${PAGE_BYTES} ORDER BY position`,
        [place.rows[0]?.position],
        'history:next',
      );
      const entries = rows.map(({ entry }) => JSON.parse(entry) as LedgerEntry);
      const last = entries.at(-1);
      if (last === undefined) return 0;
      await applyEntries(sql, entries);
      void sql.query('UPDATE history.place SET position = $1', [last.position + 1], 'history:move');
      return entries.length;
    });
  }
}
