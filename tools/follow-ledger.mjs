// Events as they are sealed into the ledger, from its database: without end, oldest first.
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 200;
const PAGE = 200;

const next = `
SELECT e.position::text AS position, e.entry FROM ledger.events e
 WHERE e.position >= $1::bigint AND ($2::text IS NULL OR e.image_id = $2) AND ($3::text[] IS NULL OR e.type = ANY ($3))
   AND ($4::text IS NULL OR e.actor = $4) AND ($5::text IS NULL OR e.project = $5) AND ($6::text IS NULL OR e.request_id = $6)
 ORDER BY e.position LIMIT ${PAGE}`;

/**
 * What fits the filters (`image`, `types`, `actor`, `project`, `request`; left out: all), in pages, each before the next is
 * read. `from`: a position; left out: what comes from now on.
 */
export async function* followLedger(client, filters, { from, signal }) {
  let place = from ?? (await sizeOf(client));
  while (!signal.aborted) {
    const { image = null, types = null, actor = null, project = null, request = null } = filters;
    const size = await sizeOf(client);
    const { rows } = await client.query(next, [place, image, types, actor, project, request]);
    if (rows.length > 0) yield rows.map(({ entry }) => JSON.parse(entry));
    // A page that is not full has looked at all that there was before it.
    place = rows.length === PAGE ? String(BigInt(rows.at(-1).position) + 1n) : larger(size, place, rows);
    if (rows.length < PAGE) await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}

const larger = (size, place, rows) => {
  const last = rows.length > 0 ? BigInt(rows.at(-1).position) + 1n : 0n;
  return String([BigInt(size), BigInt(place), last].reduce((most, one) => (one > most ? one : most)));
};

async function sizeOf(client) {
  const { rows } = await client.query('SELECT coalesce(max(position) + 1, 0)::text AS size FROM ledger.events');
  return rows[0].size;
}

/** As `describeEvent` takes it. */
export const asLogged = (entry) => ({
  ...entry,
  recorded_at: entry.time,
  metadata: {
    actor: entry.actor,
    request_id: entry.request_id,
    correlation_id: entry.correlation_id,
    causation_id: entry.causation_id,
  },
});
