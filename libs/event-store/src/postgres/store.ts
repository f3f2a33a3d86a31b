import { channel } from 'node:diagnostics_channel';
import type pg from 'pg';
import type { PoolClient } from 'pg';
import type { RecordedEvent } from '@cloud-images/contracts';
import {
  StoreUnavailable,
  VersionConflict,
  type EventStore,
  type LogPosition,
  type StreamTransaction,
  type TransactOptions,
} from '../port.js';
import { settleCommit, type LostCommit } from './commit-outcome.js';
import { isAnswerLost, translate } from './failures.js';
import { createPool, type PostgresStoreOptions } from './pool.js';
import { eventColumns, recordedEvent, type EventRow } from './rows.js';
import { ServerClock } from './server-clock.js';
import { PostgresTransaction, type Witness } from './transaction.js';

const MOST_ROWS = 1000;
const begun = channel('cloud-images:append.begun');
const committed = channel('cloud-images:append.committed');

export interface PostgresEventStore extends EventStore {
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

export function createPostgresEventStore(options: PostgresStoreOptions): PostgresEventStore {
  return new PostgresStore(createPool(options));
}

class PostgresStore implements PostgresEventStore {
  private readonly clock = new ServerClock();

  constructor(readonly pool: pg.Pool) {}

  async transact<T>(
    stream: string,
    work: (tx: StreamTransaction) => Promise<T>,
    { exclusive = false }: TransactOptions = {},
  ): Promise<T> {
    const client = await this.connect();
    begun.publish(undefined);
    const transaction = new PostgresTransaction(client, stream, exclusive, this.clock);
    let result: T;
    try {
      result = await work(transaction);
    } catch (error) {
      // A refusal leaves a healthy transaction; its end needs no answer before the caller gets his.
      transaction.sql.rollback().then(
        () => client.release(),
        (failure: Error) => client.release(failure),
      );
      throw translate(error, stream, expectedBy(transaction));
    }
    await this.commit(client, transaction, stream);
    if (transaction.witness) committed.publish(undefined);
    return result;
  }

  private async commit(client: PoolClient, transaction: PostgresTransaction, stream: string): Promise<void> {
    try {
      await transaction.sql.commit();
      client.release();
    } catch (error) {
      const isLost = isAnswerLost(error);
      // Before anything is looked up: every connection of the pool may be one that was lost.
      client.release(isLost ? (error as Error) : undefined);
      const { witness } = transaction;
      const outcome =
        isLost && witness ? await settleCommit(this.pool, lostCommit(client, stream, witness)) : undefined;
      if (outcome === 'recorded') return;
      if (outcome === 'taken') throw new VersionConflict(stream, expectedBy(transaction));
      if (outcome === 'unknown') throw new StoreUnavailable('whether it was committed is not known', { cause: error });
      throw translate(error, stream, expectedBy(transaction));
    }
  }

  async readStream(stream: string, afterVersion = 0, limit = MOST_ROWS): Promise<RecordedEvent[]> {
    return this.read(
      `SELECT ${eventColumns} FROM log.events WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3`,
      [stream, afterVersion, Math.min(limit, MOST_ROWS)],
    );
  }

  async readAll(after: LogPosition | null, limit: number): Promise<{ events: RecordedEvent[]; behind: boolean }> {
    try {
      const { events, behind } = await readAll(this.pool, after, limit);
      return { events, behind };
    } catch (error) {
      throw translate(error, '', 0);
    }
  }

  private async read(text: string, values: unknown[]): Promise<RecordedEvent[]> {
    try {
      const { rows } = await this.pool.query<EventRow>(text, values);
      return rows.map(recordedEvent);
    } catch (error) {
      throw translate(error, '', 0);
    }
  }

  private async connect(): Promise<PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw new StoreUnavailable('the database is not available', { cause: error });
    }
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

const expectedBy = ({ witness }: PostgresTransaction): number => (witness?.version ?? 1) - 1;

function lostCommit(client: PoolClient, stream: string, { version, eventId }: Witness): LostCommit {
  return { stream, version, eventId, backend: (client as PoolClient & { processID: number }).processID };
}

/** More than any page takes. */
const UNBOUNDED = 2 ** 50;

/**
 * Next events in read order; the horizon is taken in the same statement as the rows, or a late commit is skipped. A page
 * ends with the event with which their data, as it lies on the disk, comes to `bytes`: there is always one. `full`: there
 * may be more at once.
 */
export async function readAll(
  queryable: Pick<pg.Pool, 'query'>,
  after: LogPosition | null,
  limit: number,
  bytes = UNBOUNDED,
): Promise<{ events: RecordedEvent[]; behind: boolean; full: boolean }> {
  const { rows } = await queryable.query<PageRow>({
    name: 'read_all',
    text: `
      WITH horizon AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin),
      read AS (
        SELECT ${eventColumns}, e.transaction_id AS xid, e.position AS place,
               sum(pg_column_size(e.data)) OVER (ORDER BY e.transaction_id, e.position) AS total
          FROM log.events e, horizon
         WHERE (e.transaction_id, e.position) > ($1::xid8, $2::bigint) AND e.transaction_id < horizon.xmin
         ORDER BY e.transaction_id, e.position LIMIT $3),
      page AS (SELECT * FROM read WHERE total - pg_column_size(data) < $4::bigint)
      SELECT page.*, coalesce(newest.xid >= (SELECT xmin FROM horizon), false) AS behind
        FROM (SELECT (SELECT e.transaction_id FROM log.events e ORDER BY e.transaction_id DESC, e.position DESC LIMIT 1) AS xid) AS newest
        LEFT JOIN page ON true ORDER BY page.xid, place`,
    values: [after?.transaction_id ?? '0', after?.position ?? '0', limit, bytes],
  });
  const events = rows
    .filter((row) => row.stream !== null)
    .map(({ behind: _, ...row }) => recordedEvent(withoutOrder(row)));
  const full = events.length === limit || Number(rows.at(-1)?.total ?? 0) >= bytes;
  return { events, behind: rows[0]?.behind ?? false, full };
}

interface PageRow extends EventRow {
  readonly behind: boolean;
  readonly xid?: string;
  readonly place?: string;
  readonly total?: string | null;
}

function withoutOrder({ xid: _xid, place: _place, total: _total, ...event }: Omit<PageRow, 'behind'>): EventRow {
  return event;
}
