import { Refusal } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { Scope } from './find-entries.query.js';

export interface SealedEvent {
  readonly position: number;
  readonly entry: string;
  readonly leafHash: Buffer;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The event with this id, if it concerns the caller. Throws `Refusal` `not-found`. */
export async function readSealedEvent(sql: SqlExecutor, id: string, scope: Scope): Promise<SealedEvent> {
  const { rows } = uuid.test(id)
    ? await sql.query<{ position: string; entry: string; leaf_hash: Buffer }>(
        `SELECT e.position::text AS position, e.entry, e.leaf_hash FROM ledger.events e WHERE e.event_id = $1::uuid
            AND ($2::text IS NULL OR EXISTS (SELECT FROM ledger.readers r WHERE r.project = $2 AND r.position = e.position))`,
        [id, scope === 'all' ? null : scope.project],
        'sealed_event',
      )
    : { rows: [] };
  const [row] = rows;
  if (row === undefined) throw new Refusal('not-found', 'No event found with that id.');
  return { position: Number(row.position), entry: row.entry, leafHash: row.leaf_hash };
}
