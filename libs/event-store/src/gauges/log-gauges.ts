import type pg from 'pg';
import { HorizonWatch, type HorizonSeen } from './horizon-watch.js';

const mostCounted = 100_000;

const gauges = {
  cloud_images_log_position: 'Position of the newest event of the log, in the order of reading.',
  cloud_images_relay_number: 'How many events of the log are on the bus: the dense number of the last one.',
  cloud_images_relay_lag_events: `Events in the log and not yet on the bus, counted up to ${mostCounted}.`,
  cloud_images_relay_lag_seconds: 'Age of the oldest event that is not yet on the bus.',
  cloud_images_horizon_age_seconds: 'How long the oldest running transaction has held back the reading of the log.',
} as const;

// In one snapshot. Each part is a look at the end of the index of the order of reading, or bounded.
const look = `
WITH relay AS (
  SELECT coalesce(max(transaction_id), '0') AS transaction_id, coalesce(max(position), 0) AS position,
         coalesce(max(number), 0) AS number FROM log.relay WHERE topic = $1),
waiting AS (
  SELECT e.transaction_id, e.position FROM log.events e
   WHERE (e.transaction_id, e.position) > ((SELECT transaction_id FROM relay), (SELECT position FROM relay))
   ORDER BY e.transaction_id, e.position LIMIT ${mostCounted})
SELECT coalesce((SELECT e.position FROM log.events e
                  ORDER BY e.transaction_id DESC, e.position DESC LIMIT 1), 0)::float8 AS position,
       (SELECT number FROM relay)::float8 AS number,
       (SELECT count(*) FROM waiting)::float8 AS lag,
       (SELECT extract(epoch FROM clock_timestamp() - e.recorded_at) FROM log.events e
         WHERE (e.transaction_id, e.position) > ((SELECT transaction_id FROM relay), (SELECT position FROM relay))
         ORDER BY e.transaction_id, e.position LIMIT 1)::float8 AS age,
       pg_snapshot_xmin(pg_current_snapshot())::text AS xmin,
       pg_snapshot_xmax(pg_current_snapshot())::text AS xmax,
       (SELECT max(extract(epoch FROM clock_timestamp() - xact_start)) FROM pg_stat_activity
         WHERE backend_xid IS NOT NULL)::float8 AS "oldestSeen"`;

interface Seen extends HorizonSeen {
  readonly position: number;
  readonly number: number;
  readonly lag: number;
  readonly age: number | null;
}

/** Where the log, its relay and the horizon are; a source of gauges as service-kit's `Metrics` takes it. */
export function logGauges(pool: Pick<pg.Pool, 'query'>, topic: string) {
  const horizon = new HorizonWatch();
  return {
    name: 'log',
    gauges,
    read: async (): Promise<Record<keyof typeof gauges, number>> => {
      const { rows } = await pool.query<Seen>({ name: 'log_gauges', text: look, values: [topic] });
      const seen = rows[0] as Seen;
      return {
        cloud_images_log_position: seen.position,
        cloud_images_relay_number: seen.number,
        cloud_images_relay_lag_events: seen.lag,
        cloud_images_relay_lag_seconds: Math.max(seen.age ?? 0, 0),
        cloud_images_horizon_age_seconds: horizon.age(seen),
      };
    },
  };
}
