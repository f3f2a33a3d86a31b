import type { SqlExecutor } from '@cloud-images/event-store';
import { subjectOf, type Arrival } from './arrival.js';
import { nothingYet, type LogPlace, type Progress } from './completeness.js';
import { placeKey, type Known } from './plan-batch.js';

/** The logs of a batch, and what is here of them. */
export type ProgressOfLogs = ReadonlyMap<string, Progress>;

/** More than that many numbers are never waiting: what is missing is fetched long before. */
const MOST_AHEAD = 100_000;

/** What the ledger has of what the arrivals are about, in one turn. */
export async function readKnown(
  sql: SqlExecutor,
  arrivals: readonly Arrival[],
): Promise<{ known: Known; progress: ProgressOfLogs }> {
  const events = arrivals.map(({ event }) => event);
  const [size, places, owners, progress] = await Promise.all([
    sizeOf(sql),
    sql.query<{ stream: string; version: number; have: number; id: string | null }>(
      `SELECT a.stream, a.version, coalesce(last.version, 0) AS have, same.event_id::text AS id
         FROM unnest($1::text[], $2::integer[]) AS a(stream, version)
         LEFT JOIN LATERAL (SELECT e.version FROM ledger.events e WHERE e.stream = a.stream
                             ORDER BY e.version DESC LIMIT 1) AS last ON true
         LEFT JOIN ledger.events same ON same.stream = a.stream AND same.version = a.version`,
      [events.map(({ stream }) => stream), events.map(({ version }) => version)],
      'known_places',
    ),
    sql.query<{ image_id: string; project: string | null }>(
      'SELECT image_id, project FROM intake.owners WHERE image_id = ANY ($1)',
      [[...new Set(events.map(subjectOf))]],
      'known_owners',
    ),
    readProgress(sql, [...new Set(arrivals.map(({ log }) => log))]),
  ]);
  const known = {
    size,
    versions: new Map(places.rows.map(({ stream, have }) => [stream, have])),
    ids: new Map(
      places.rows.flatMap(({ stream, version, id }) => (id === null ? [] : [[placeKey(stream, version), id] as const])),
    ),
    numbers: new Set(arrivals.filter((one) => isHere(progress, one)).map(({ log, number }) => placeKey(log, number))),
    owners: new Map(owners.rows.map(({ image_id, project }) => [image_id, project])),
  };
  return { known, progress };
}

function isHere(progress: ProgressOfLogs, { log, number }: Arrival): boolean {
  const { complete, ahead } = progress.get(log) ?? nothingYet;
  return number <= complete.number || ahead.has(number);
}

/** How many leaves there are. */
export async function sizeOf(sql: SqlExecutor): Promise<number> {
  const { rows } = await sql.query<{ size: string }>(
    `SELECT coalesce((SELECT position + 1 FROM ledger.events ORDER BY position DESC LIMIT 1), 0)::text AS size`,
    [],
    'ledger_size',
  );
  return Number(rows[0]?.size ?? 0);
}

type PlaceRow = { log_id: string; number: string; transaction_id: string; position: string };

export async function readProgress(sql: SqlExecutor, logs: readonly string[]): Promise<ProgressOfLogs> {
  const [complete, ahead] = await Promise.all([
    sql.query<PlaceRow>(
      `SELECT log_id::text AS log_id, complete_to::text AS number, transaction_id, position
         FROM intake.logs WHERE log_id = ANY ($1::uuid[])`,
      [logs],
      'log_progress',
    ),
    sql.query<PlaceRow>(
      `SELECT log_id::text AS log_id, number::text AS number, transaction_id, position
         FROM intake.ahead WHERE log_id = ANY ($1::uuid[]) LIMIT ${MOST_AHEAD}`,
      [logs],
      'log_ahead',
    ),
  ]);
  return new Map(
    logs.map((log) => {
      const row = complete.rows.find(({ log_id }) => log_id === log);
      const waiting = ahead.rows.filter(({ log_id }) => log_id === log).map(placeOf);
      return [
        log,
        {
          complete: row ? placeOf(row) : nothingYet.complete,
          ahead: new Map(waiting.map((place) => [place.number, place])),
        },
      ];
    }),
  );
}

const placeOf = ({ number, transaction_id, position }: PlaceRow): LogPlace => ({
  number: Number(number),
  transaction_id,
  position,
});
