import type pg from 'pg';
import { Refusal, type RecordedEvent } from '@cloud-images/contracts';
import type { LogPosition } from './port.js';
import { translate } from './postgres/failures.js';
import { readAll } from './postgres/store.js';
import { wholeNumber } from './stream-page.js';

const PAGE = 200;
const LARGEST_PAGE = 1000;
const place = /^(\d{1,20})\.(\d{1,19})$/;

/** A question for the log, as it stands in a URL. */
export interface LogQuery {
  /** `<transaction id>.<position>` of the event before; left out: from the first. */
  readonly after?: unknown;
  /** Events; default 200, at most 1000; 0 asks for the head only. */
  readonly limit?: unknown;
}

/** What `/internal/log` answers: the log in the order in which its relay numbers it, below the horizon. */
export interface LogPage {
  readonly log_id: string;
  /** How many of its events are on the bus: the number of the last one. */
  readonly relayed: number;
  readonly events: readonly RecordedEvent[];
}

export type LogReader = (query: LogQuery) => Promise<LogPage>;

/** For a subscriber that lacks something: the owner's log is the truth. Throws `Refusal` `bad-request`, `StoreUnavailable`. */
export function logReader(pool: Pick<pg.Pool, 'query'>, topic: string): LogReader {
  return async ({ after, limit }) => {
    const from = placeOf(after);
    const count = Math.min(wholeNumber('limit', limit, PAGE), LARGEST_PAGE);
    try {
      const { rows } = await pool.query<{ log_id: string; relayed: string }>({
        name: 'log_head',
        text: `SELECT log_id::text AS log_id,
                      coalesce((SELECT number FROM log.relay WHERE topic = $1), 0)::text AS relayed FROM log.identity`,
        values: [topic],
      });
      const { log_id = '', relayed = '0' } = rows[0] ?? {};
      const { events } = count === 0 ? { events: [] } : await readAll(pool, from, count);
      return { log_id, relayed: Number(relayed), events };
    } catch (error) {
      throw translate(error, '', 0);
    }
  };
}

export function placeOf(after: unknown): LogPosition | null {
  if (after === undefined) return null;
  const [, transaction_id, position] = (typeof after === 'string' && place.exec(after)) || [];
  if (transaction_id === undefined || position === undefined) {
    throw new Refusal('bad-request', "'after' is a transaction id and a position, with a dot between them.");
  }
  return { transaction_id, position };
}
