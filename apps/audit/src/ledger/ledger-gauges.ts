import type { SqlExecutor } from '@cloud-images/event-store';

const look = `
SELECT coalesce((SELECT position + 1 FROM ledger.events ORDER BY position DESC LIMIT 1), 0)::float8 AS size,
       coalesce((SELECT max(size) FROM ledger.checkpoints), 0)::float8 AS provable,
       (SELECT extract(epoch FROM clock_timestamp() - sealed_at) FROM ledger.events
         WHERE position = (SELECT coalesce(max(size), 0) FROM ledger.checkpoints))::float8 AS waiting,
       coalesce((SELECT min(coalesce(d.size, 0)) FROM (VALUES ('bus'), ('blobs')) AS p(place)
                   LEFT JOIN intake.deposits d USING (place)), 0)::float8 AS deposited,
       (SELECT count(*) FROM intake.divergences)::float8 AS divergences`;

interface Seen {
  readonly size: number;
  readonly provable: number;
  readonly waiting: number | null;
  readonly deposited: number;
  readonly divergences: number;
}

/** How far the ledger is, what of it is signed and deposited, and what it lacks; a source of gauges for `Metrics`. */
export function ledgerGauges(
  sql: SqlExecutor,
  { missing, followers }: { readonly missing: () => number | undefined; readonly followers: () => number },
) {
  return {
    name: 'ledger',
    gauges: {
      cloud_images_ledger_events: 'Events that are sealed.',
      cloud_images_ledger_provable_events: 'Events that a signed checkpoint covers.',
      cloud_images_ledger_unproved_seconds: 'For how long the oldest event that no checkpoint covers has been sealed.',
      cloud_images_ledger_deposited_events:
        'Events covered by checkpoints that are on the bus and in the object store.',
      cloud_images_ledger_divergences: 'Events that differ from what was sealed at their place before.',
      cloud_images_ledger_missing_events:
        'Events that services published and the ledger lacked at the last comparison.',
      cloud_images_feed_followers: 'Readers of the live feed.',
    },
    read: async () => {
      const { rows } = await sql.query<Seen>(look, [], 'ledger_gauges');
      const seen = rows[0] as Seen;
      const lacking = missing();
      return {
        cloud_images_ledger_events: seen.size,
        cloud_images_ledger_provable_events: seen.provable,
        cloud_images_ledger_unproved_seconds: Math.max(seen.waiting ?? 0, 0),
        cloud_images_ledger_deposited_events: seen.deposited,
        cloud_images_ledger_divergences: seen.divergences,
        cloud_images_feed_followers: followers(),
        ...(lacking === undefined ? {} : { cloud_images_ledger_missing_events: lacking }),
      };
    },
  };
}
